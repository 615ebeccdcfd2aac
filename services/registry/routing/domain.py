"""Whom to turn to with a matter, in which order, why, and what to do without an answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.schemas import href
from services.registry.contacts import queries as contact_queries
from services.registry.contacts.domain import contact_view
from services.registry.contacts.schemas import ContactOut
from services.registry.ledger.views import View
from services.registry.lookup.answers import AnswerCache
from services.registry.routing.partners import with_partners
from services.registry.routing.places import Surroundings, find_surroundings
from services.registry.routing.rules import LOCAL, Rule, RuleBook, StepRule
from services.registry.routing.schemas import Elsewhere, NoReplyOut, Route, RouteAsked, Step
from shared.clock import today
from shared.errors import FieldError, Invalid

Detail = Literal["organisation", "postcode"]
NO_CONTACT = "We know no current contact for this. If you know one, suggest it."
NOT_KNOWN: Mapping[Detail | None, str] = {
    "organisation": "The place does not decide which one it is. Name it in `organisation`.",
    "postcode": "Which one it is depends on the exact place. Give the full postcode.",
    None: "We do not know who this is at this place. `external` helps you to find out.",
}
YOUR_WARD = "your ward"
NO_CATCHMENTS = (
    "We know no catchments of trusts: these are all of the board's trusts that may be meant, wherever they"
    " are. Others may run some of these services too. Name the one that it is about in `organisation`."
)
SEVERAL_PARTNERS = (
    "By the list of 2019 each of these may serve the place. Name the one that it is about in `organisation`."
)
BEFORE = "The law has been like this since {since}. On this day parts of it were different."
CHECK_AGAIN = (
    "This rule was last checked on {day}, more than a year before: read its sources before you rely on it."
)
NO_BODY = "This footprint is a partnership and not a legal body. Its members have the duties."
NOWHERE = Surroundings({}, is_legal_body=True, ask_for=None, detail=None)


class TopicUnknown(Invalid):
    """We do not know this topic. Take one of those that `errors` names, or leave it out."""


async def route_view(session: AsyncSession, book: RuleBook, given: RouteAsked, answers: AnswerCache) -> Route:
    """Whom to turn to with a matter; TopicUnknown, or the problems of a lookup."""
    day = given.as_of or today()
    topic = topic_of(book, given)
    rule = book.rule_for(given.matter, topic, given.level)
    # In danger nobody must be refused for a wrong postcode: rules that need no place ask for none.
    is_local = any(step.to in LOCAL for step in rule.steps)
    around = await find_surroundings(session, given, View(day), answers) if is_local else NOWHERE
    around = choose_trusts(book, topic, around)
    if (known := book.topics.get(topic or "")) and known.by_partnership:
        around = await with_partners(session, around, known, View(day))
    contacts = await contacts_by_body(session, rule, around, day)
    missing = [missing_detail(around, step.to) for step in rule.steps if step.to in LOCAL]
    return Route(
        as_of=day,
        rules_version=book.version,
        rule=rule.id,
        checked_on=rule.checked_on,
        check_again=book.is_old(rule, day),
        matter=given.matter,
        topic=topic,
        level=given.level,
        matter_note=" ".join(notes_on(book, rule, around, day)) or None,
        # The postcode decides more than the organisation.
        ask_for=max((each for each in missing if each), default=None),
        steps=[step_view(book, around, contacts, each, order) for order, each in enumerate(rule.steps, 1)],
    )


def topic_of(book: RuleBook, given: RouteAsked) -> str | None:
    """The code of the topic that a request names; TopicUnknown when there is none, but never in danger."""
    topic = book.topic_of(given.topic) if given.topic else None
    if given.topic and topic is None and given.matter != "urgent":
        detail = f"Take one of these, or leave it out: {', '.join(book.topics)}."
        raise TopicUnknown(errors=[FieldError(pointer="/topic", detail=detail)])
    return topic


def choose_trusts(book: RuleBook, topic: str | None, around: Surroundings) -> Surroundings:
    """The same surroundings with only those trusts of the place that run such services; one named stays."""
    trusts = around.bodies.get("trust", ())
    if around.named == "trust" or not trusts:
        return around
    known = book.topics[topic] if topic else None
    chosen = [each for each in trusts if each.codes.ods not in book.everywhere.codes]
    if known:
        chosen = [each for each in chosen if known.is_of(each)]
    return replace(around, bodies={**around.bodies, "trust": chosen})


def notes_on(book: RuleBook, rule: Rule, around: Surroundings, day: date) -> Iterator[str]:
    """Yield what the answer must say beside the steps."""
    if rule.note:
        yield rule.note
    if not around.is_legal_body and any(step.to == "board" for step in rule.steps):
        yield NO_BODY
    if day < (since := book.holding_from(rule)):
        yield BEFORE.format(since=since)
    if book.is_old(rule, day):
        yield CHECK_AGAIN.format(day=rule.checked_on)
    if around.detail:
        yield around.detail


async def contacts_by_body(
    session: AsyncSession, rule: Rule, around: Surroundings, day: date
) -> Mapping[UUID, Sequence[ContactOut]]:
    """The current contacts of the bodies that a rule leads to."""
    bodies = (around.bodies.get(step.to, ()) for step in rule.steps)
    ids = {each[0].id for each in bodies if len(each) == 1}
    found: dict[UUID, list[ContactOut]] = {}
    for each in await contact_queries.contacts_of(session, ids, View(day)) if ids else ():
        contact = contact_view(each, day)
        if contact.freshness != "stale" and contact.doubtful_since is None and not contact.is_personal:
            found.setdefault(contact.body_id, []).append(contact)
    return found


def step_view(
    book: RuleBook,
    around: Surroundings,
    contacts: Mapping[UUID, Sequence[ContactOut]],
    rule: StepRule,
    order: int,
) -> Step:
    """One step: to a body that the place decides, to one of several candidates, or outside the registry."""
    bodies = around.bodies.get(rule.to, ())
    body = bodies[0] if len(bodies) == 1 and rule.to not in around.doubts else None
    contact = best_contact(contacts.get(body.id, ()), rule.purpose) if body else None
    not_known = None
    if body is None and rule.to in LOCAL:
        not_known = explain_missing(around, rule.to)
    elif body and contact is None:
        not_known = NO_CONTACT
    external = None if body else book.externals[book.instead.get(rule.to, rule.to)]
    return Step(
        order=order,
        to=rule.to,
        why=" ".join(filter(None, (rule.why, around.reasons.get(rule.to)))),
        if_no_reply_after=no_reply_view(rule, around.ward),
        source=Elsewhere.model_validate(book.sources[rule.source]),
        body=body,
        candidates=[] if body else list(bodies),
        external=Elsewhere.model_validate(external) if external else None,
        contact=contact,
        not_known=not_known,
        suggest=f"{href(body.id, body.kind)}/suggestions" if body and contact is None else None,
    )


def no_reply_view(rule: StepRule, ward: str | None) -> NoReplyOut:
    """How long to wait for an answer and what to do then: write to the councillor of which ward."""
    view = NoReplyOut.model_validate(rule.if_no_reply_after)
    then = view.then.replace(YOUR_WARD, f"{YOUR_WARD} ({ward})") if ward else view.then
    return view.model_copy(update={"then": then})


def explain_missing(around: Surroundings, to: str) -> str:
    """Why no body is named, and what to do."""
    detail = missing_detail(around, to)
    if detail is None and to in around.doubts:
        return around.doubts[to]
    if to == "trust" and detail == "organisation":
        return SEVERAL_PARTNERS if to in around.reasons else NO_CATCHMENTS
    return NOT_KNOWN[detail]


def missing_detail(around: Surroundings, to: str) -> Detail | None:
    """What would decide which body it is; None where it is decided, or nothing would decide it."""
    bodies = around.bodies.get(to, ())
    if len(bodies) == 1:
        return None
    if to == "practice" or (to == "trust" and bodies and not around.ask_for):
        return "organisation"
    return "postcode" if bodies or around.ask_for else None


def best_contact(contacts: Sequence[ContactOut], purpose: str) -> ContactOut | None:
    """The contact for a purpose; otherwise one for enquiries, the surgery, or the headquarters."""
    order = (purpose, "enquiries", "practice", "headquarters")
    suitable = [each for each in contacts if each.purpose in order]
    return min(suitable, key=lambda each: order.index(each.purpose), default=None)
