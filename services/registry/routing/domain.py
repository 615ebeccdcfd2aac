"""Whom to turn to with a matter, in order, why, and what to do when nobody answers."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.schemas import BodyNamed
from services.registry.contacts import queries as contacts
from services.registry.contacts.domain import told as contact_told
from services.registry.contacts.schemas import ContactOut
from services.registry.lookup.kept import Kept
from services.registry.routing import places
from services.registry.routing.errors import TopicUnknown
from services.registry.routing.places import Here
from services.registry.routing.rules import LOCAL, Rule, RuleBook, StepRule
from services.registry.routing.schemas import Elsewhere, NoReplyOut, Route, RouteAsked, Step
from shared.clock import today
from shared.errors import FieldError

Wanted = Literal["organisation", "postcode"]
NO_DOOR = "No current door of it is known for this: whoever knows one may suggest it."
NOT_KNOWN = {
    "organisation": "Which one it is, the place does not say: name it in `organisation`.",
    "postcode": "Which one it is depends on where exactly: give the full postcode.",
    None: "Who that is at this place is not known here: `external` helps to find out.",
}
BEFORE = "The law has been so since {since}: on this day some of it was otherwise."
NO_BODY = "This footprint is a partnership, no body in law: the duties are those of its members."

NOWHERE = Here({}, is_body=True, ask_for=None, detail=None)


async def route(session: AsyncSession, book: RuleBook, given: RouteAsked, kept: Kept) -> Route:
    """Return whom to turn to with a matter; TopicUnknown, or the problems of a lookup."""
    day = given.as_of or today()
    topic = topic_of(book, given)
    rule = book.rule_for(given.matter, topic, given.level)
    # In danger nobody is to be sent back for a mistake in a postcode: what needs no place asks for none.
    local = any(step.to in LOCAL for step in rule.steps)
    here = named_for(book, topic, await places.find(session, given, day, kept)) if local else NOWHERE
    doors = await doors_of(session, rule, here, day)
    steps = [step(book, here, doors, each, order) for order, each in enumerate(rule.steps, 1)]
    return Route(
        as_of=day,
        rules_version=book.version,
        rule=rule.id,
        matter=given.matter,
        topic=topic,
        level=given.level,
        matter_note=" ".join(notes(book, rule, here, day)) or None,
        ask_for=most_wanted([asks(here, each.to) for each in rule.steps if each.to in LOCAL]),
        steps=steps,
    )


def topic_of(book: RuleBook, given: RouteAsked) -> str | None:
    """Return the topic that is meant; TopicUnknown when there is none, but never in danger."""
    topic = book.topic_of(given.topic) if given.topic else None
    if given.topic and topic is None and given.matter != "urgent":
        detail = f"Take one of these, or leave it out: {', '.join(book.topics)}."
        raise TopicUnknown(errors=[FieldError(pointer="/topic", detail=detail)])
    return topic


def named_for(book: RuleBook, topic: str | None, here: Here) -> Here:
    """Return who is there, of several trusts those whose names say that they run such services."""
    part = book.topics[topic].trusts_named if topic else None
    trusts = here.found.get("trust", ())
    if part is None or len(trusts) < 2:
        return here
    kept = [each for each in trusts if part.lower() in each.name.lower()]
    return Here({**here.found, "trust": kept}, here.is_body, here.ask_for, here.detail)


def notes(book: RuleBook, rule: Rule, here: Here, day: date) -> Sequence[str]:
    """Return what has to be said besides the steps."""
    found = [rule.note] if rule.note else []
    if not here.is_body and any(step.to == "board" for step in rule.steps):
        found.append(NO_BODY)
    if day < book.holds_from:
        found.append(BEFORE.format(since=book.holds_from))
    return found + ([here.detail] if here.detail else [])


async def doors_of(
    session: AsyncSession, rule: Rule, here: Here, day: date
) -> Mapping[UUID, Sequence[ContactOut]]:
    """Return the current doors of the bodies that a rule leads to."""
    found = (here.found.get(step.to, ()) for step in rule.steps)
    ids = {each[0].id for each in found if len(each) == 1}
    known: dict[UUID, list[ContactOut]] = {}
    for each in await contacts.known(session, ids, day) if ids else ():
        door = contact_told(each, day)
        if door.freshness != "stale" and door.doubtful_since is None and not door.is_personal:
            known.setdefault(door.body_id, []).append(door)
    return known


def step(
    book: RuleBook, here: Here, doors: Mapping[UUID, Sequence[ContactOut]], rule: StepRule, order: int
) -> Step:
    """Return one step as it is told."""
    if rule.to in LOCAL:
        who = local(book, rule, here.found.get(rule.to, ()), doors, asks(here, rule.to))
    else:
        who = {"external": elsewhere(book.externals[rule.to])}
    empty = dict.fromkeys(("body", "external", "contact", "not_known", "suggest"))
    told = {"order": order, "to": rule.to, "why": rule.why, "candidates": [], **empty, **who}
    no_reply = NoReplyOut.model_validate(rule.if_no_reply_after.model_dump())
    return Step(**told, if_no_reply_after=no_reply, source=elsewhere(book.sources[rule.source]))


def local(
    book: RuleBook,
    rule: StepRule,
    found: Sequence[BodyNamed],
    doors: Mapping[UUID, Sequence[ContactOut]],
    ask_for: Wanted | None,
) -> dict[str, Any]:
    """Return who a step leads to at this place: one body, several that it may be, or who helps to find it."""
    instead = elsewhere(book.externals[book.instead[rule.to]])
    if len(found) != 1:
        return {"candidates": found, "external": instead, "not_known": NOT_KNOWN[ask_for]}
    [body] = found
    if door := best(doors.get(body.id, ()), rule.purpose):
        return {"body": body, "contact": door}
    kind = "footprints" if rule.to == "board" else "organisations"
    return {"body": body, "not_known": NO_DOOR, "suggest": f"/v1/{kind}/{body.id}/suggestions"}


def asks(here: Here, to: str) -> Wanted | None:
    """Return what would decide who it is; None where it is decided, or nothing would."""
    found = here.found.get(to, ())
    if len(found) == 1:
        return None
    if to == "practice" or (to == "trust" and found and not here.ask_for):
        return "organisation"
    return "postcode" if found or here.ask_for else None


def most_wanted(asked: Sequence[Wanted | None]) -> Wanted | None:
    """Return what decides most: the postcode before the organisation."""
    return max((each for each in asked if each), default=None)


def best(doors: Sequence[ContactOut], purpose: str) -> ContactOut | None:
    """Return the door for a purpose, else one for enquiries, else the seat or the surgery."""
    order = (purpose, "enquiries", "practice", "headquarters")
    fit = [each for each in doors if each.purpose in order]
    return min(fit, key=lambda each: order.index(each.purpose), default=None)


def elsewhere(page: Any) -> Elsewhere:
    """Return somebody outside the registry, or a source."""
    return Elsewhere(name=page.name, web=page.web)
