"""What bodies are to one another: told on a day, made, ended and corrected."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.bodies import queries as body_queries
from services.registry.bodies.queries import SUCCESSIONS
from services.registry.bodies.schemas import body_named
from services.registry.bodies.writing import Asked, Writing, begin
from services.registry.ledger.acts import Act, Ledger, lock_bodies
from services.registry.ledger.views import BodyOnDay, Role, View
from services.registry.models import Body, Relation
from services.registry.relations import queries
from services.registry.relations.schemas import (
    NewRelation,
    RelationCorrection,
    RelationDetail,
    RelationEnding,
    RelationOut,
    TreeNode,
)
from services.registry.stewards import NotYourBody, not_theirs
from shared.auth import Caller
from shared.clock import today
from shared.errors import NotFound, invalid
from shared.paging import PageQuery, keyset
from shared.versions import must_match


async def relations_of(
    session: AsyncSession,
    ref: str,
    role: Role,
    view: View,
    kind: str | None,
    paging: PageQuery,
) -> tuple[list[RelationOut], str | None]:
    """Return what a body is to others on a day and others to it, as the registry said it at an instant."""
    body = await bodies.find_body(session, ref, view, role)
    wanted = queries.relations_on(body.id, view, kind)
    found, cursor = await keyset(session, wanted, paging, Relation.id)
    rows = await body_queries.bodies_on(session, {other_of(each, body.id) for each in found}, view)
    return [relation_view(each, body.id, rows) for each in found], cursor


def other_of(link: Relation, body_id: UUID) -> UUID:
    """Return the other body of a relation."""
    return link.to_id if link.from_id == body_id else link.from_id


def relation_view(link: Relation, body_id: UUID, rows: Mapping[UUID, BodyOnDay]) -> RelationOut:
    """Return a relation as it is seen from one of its bodies."""
    return RelationOut(
        **relation_fields(link),
        direction="out" if link.from_id == body_id else "in",
        other=body_named(rows[other_of(link, body_id)]),
    )


def relation_fields(link: Relation) -> dict[str, Any]:
    """Return what a relation says whichever side it is seen from."""
    names = (
        "id",
        "kind",
        "share",
        "valid_from",
        "valid_to",
        "source",
        "recorded_at",
        "superseded_at",
        "imported",
    )
    return {name: getattr(link, name) for name in names}


async def one(session: AsyncSession, relation_id: int) -> RelationDetail:
    """Return a relation that is said now, with both bodies as they are today; NotFound without one."""
    link = await queries.relation(session, relation_id)
    if link is None:
        raise NotFound
    return await relation_detail(session, link)


async def relation_detail(session: AsyncSession, link: Relation) -> RelationDetail:
    """Return a relation with both bodies as they are today; NotFound when one was withdrawn."""
    rows = await body_queries.bodies_on(session, {link.from_id, link.to_id}, View(today()))
    of, to = rows[link.from_id], rows[link.to_id]
    if of.withdrawn_at or to.withdrawn_at:
        raise NotFound
    named_both = {"of": body_named(of), "to": body_named(to)}
    return RelationDetail(**relation_fields(link), **named_both, version=of.version)


async def may_relate(session: AsyncSession, steward: Caller, *both: UUID) -> None:
    """Refuse with NotYourBody who may not write both bodies: a relation gives rights, and speaks for two."""
    if await not_theirs(session, steward, *both):
        raise NotYourBody(
            "A relation is said and corrected by who may write both bodies: ask Doorway's operator, or a "
            "body that both belong to."
        )


async def may_part(session: AsyncSession, steward: Caller, *both: UUID) -> None:
    """Refuse with NotYourBody who may write neither body: each may end what it is to the other."""
    if len(await not_theirs(session, steward, *both)) == len(both):
        raise NotYourBody(
            "A relation is ended by who may write one of its bodies: ask the stewards of either."
        )


async def say_relation(session: AsyncSession, asked: Asked, new: NewRelation) -> RelationDetail:
    """Say what a body is to another from a day on."""
    try:
        to = (await bodies.find_body(session, new.to, View(max(new.valid_from, today())), "any")).id
    except NotFound as error:
        raise invalid("/to", "No body has this id or code: look it up at /v1/organisations.") from error
    of = await bodies.identify_body(session, asked.ref, View(today()), asked.role)
    await may_relate(session, asked.act.caller, *{of, to})
    work = await begin(session, asked, also={to})
    if work.body.id == to:
        raise invalid("/to", "A body has no relation to itself.")
    other = (await lock_bodies(session, {to}))[to]
    refuse_days(work.body, other, new.valid_from, None)
    until = min((day for day in (work.body.closed_on, other.closed_on) if day), default=None)
    link = Relation(from_id=work.body.id, to_id=to, kind=new.kind, share=new.share, source=new.source)
    link.valid_from, link.valid_to = new.valid_from, until
    await refuse_twice(session, link)
    work.ledger.say(link)
    await bodies.publish_bodies(session, work.changed, work.ledger.act)
    return await relation_detail(session, link)


def opening(of: Body, to: Body) -> date:
    """Return the first day on which two bodies are both open; the calendar's where neither is known."""
    return max(of.opened_on or date.min, to.opened_on or date.min)


def refuse_days(of: Body, to: Body, since: date | None, until: date | None) -> None:
    """Refuse days on which one of two bodies is not open, and an end before the beginning."""
    opened = opening(of, to)
    closed = min(of.closed_on or date.max, to.closed_on or date.max)
    if since and since < opened:
        raise invalid("/valid_from", f"One of the two opened on {opened}: name that day or a later one.")
    if since and since > closed:
        raise invalid("/valid_from", f"One of the two closed on {closed}: name that day or an earlier one.")
    if until and until > closed:
        raise invalid("/valid_to", f"One of the two closed on {closed}: name that day or an earlier one.")
    if since and until and until < since:
        raise invalid("/valid_to", f"It began on {since}: name that day or a later one.")


async def refuse_twice(session: AsyncSession, link: Relation) -> None:
    """Refuse what is said already on some of these days, and that two bodies are this to each other."""
    days = link.valid_from, link.valid_to
    if found := await queries.said_already(session, link.kind, link.from_id, link.to_id, *days, link.id or 0):
        since = f" from {found.valid_from} on" if found.valid_from else ""
        raise invalid("/valid_from", f"That is said already{since}: correct that instead.")
    if await queries.said_already(session, link.kind, link.to_id, link.from_id, *days):
        raise invalid("/to", "It is said to be the same to this body: correct that first.")


async def changing(
    session: AsyncSession, relation_id: int, version: int, act: Act, may: Callable[..., Awaitable[None]]
) -> tuple[Writing, Relation, Body]:
    """Lock both bodies of a relation, once it is sure that the steward may and has read the first."""
    link = await queries.relation(session, relation_id)
    if link is None:
        raise NotFound
    await may(session, act.caller, link.from_id, link.to_id)
    both = await lock_bodies(session, {link.from_id, link.to_id})
    body = both[link.from_id]
    must_match(body, version)
    if link.kind in SUCCESSIONS:
        raise invalid("/path/relation_id", "Successions are corrected where mergers are declared.")
    link = await queries.relation(session, relation_id)
    if link is None:
        raise NotFound
    return Writing(Ledger(session, act), body), link, both[link.to_id]


async def end(
    session: AsyncSession, relation_id: int, version: int, act: Act, given: RelationEnding
) -> RelationDetail:
    """Let a relation end on a day."""
    work, link, other = await changing(session, relation_id, version, act, may_part)
    if link.valid_to:
        raise invalid("/valid_to", f"It ended on {link.valid_to}: if that is wrong, correct it.")
    refuse_days(work.body, other, link.valid_from, given.valid_to)
    work.ledger.restate(link, valid_to=given.valid_to)
    await bodies.publish_bodies(session, work.changed, work.ledger.act)
    return await relation_detail(session, link)


async def correct(
    session: AsyncSession, relation_id: int, version: int, act: Act, given: RelationCorrection
) -> RelationDetail:
    """Say how a relation should have been said, or that it never was."""
    work, link, other = await changing(session, relation_id, version, act, may_relate)
    changes = changes_of(work.body, other, link, given)
    if given.withdrawn:
        work.ledger.withdraw(link)
    else:
        work.ledger.restate(link, **changes)
        await refuse_twice(session, link)
    await bodies.publish_bodies(session, work.changed, work.ledger.act)
    return await relation_detail(session, link)


def changes_of(of: Body, to: Body, link: Relation, given: RelationCorrection) -> dict[str, Any]:
    """Return what a correction changes in a relation; Invalid when that is nothing."""
    sent = given.model_fields_set - {"reason", "source", "withdrawn"}
    if given.withdrawn:
        if sent:
            raise invalid("/withdrawn", "What never was so has neither share nor days: send this alone.")
        return {}
    wanted = {name: getattr(given, name) for name in sent}
    if "valid_to" in wanted and wanted["valid_to"] is None:
        wanted["valid_to"] = min((day for day in (of.closed_on, to.closed_on) if day), default=None)
    changes = {name: value for name, value in wanted.items() if getattr(link, name) != value}
    if not changes:
        raise invalid("", "That is what it says already: nothing is to be corrected.")
    if "valid_from" in changes and changes["valid_from"] is None and opening(of, to) > date.min:
        detail = f"One of the two opened on {opening(of, to)}: it cannot have held since before that."
        raise invalid("/valid_from", detail)
    refuse_days(of, to, changes.get("valid_from", link.valid_from), changes.get("valid_to", link.valid_to))
    return changes


async def tree(
    session: AsyncSession, ref: str, day: date, levels: int, kind: str | None, paging: PageQuery
) -> tuple[list[TreeNode], str | None]:
    """Return what is under a body on a day and what is above it, from the top down."""
    body = await bodies.find_body(session, ref, View(day), "any")
    wanted = queries.TREE.params(start=body.id, levels=levels, **View(day).parameters())
    if kind:
        wanted = wanted.where(Body.kind == kind)
    found, cursor = await keyset(session, wanted, paging, *queries.ORDER)
    return await nodes(session, found, day), cursor


async def nodes(session: AsyncSession, found: Sequence[dict[str, Any]], day: date) -> list[TreeNode]:
    """Return nodes of a tree with their bodies' names."""
    rows = await body_queries.bodies_on(session, {UUID(each["id"]) for each in found}, View(day))
    return [TreeNode(**each, body=body_named(rows[UUID(each.pop("id"))])) for each in found]
