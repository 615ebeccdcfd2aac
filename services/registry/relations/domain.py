"""What bodies are to one another: read on a day, said, ended and corrected."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.bodies.one_board import refuse_two_boards
from services.registry.bodies.queries import SUCCESSIONS, bodies_on
from services.registry.bodies.schemas import body_named
from services.registry.bodies.writing import Writing, begin
from services.registry.ledger.acts import Act, Ledger, Reasoned, lock_bodies
from services.registry.ledger.views import Role, View
from services.registry.models import Body, Relation
from services.registry.relations import queries, schemas, successions
from services.registry.stewards import NotYourBody, not_theirs
from shared.auth import Caller
from shared.change_request import EditRequest
from shared.clock import today
from shared.errors import NotFound, invalid
from shared.paging import PageQuery, keyset
from shared.versions import must_match

BY_BOTH = (
    "A relation is said and corrected by who may write both bodies: ask Doorway's operator, or a "
    "body that both belong to."
)
BY_EITHER = "A relation is ended by who may write one of its bodies: ask the stewards of either."


async def relations_of(
    session: AsyncSession, ref: str, role: Role, view: View, kind: str | None, paging: PageQuery
) -> tuple[list[schemas.RelationOut], str | None]:
    """What a body is to others on a day and others to it, as the registry said it at an instant."""
    body = await bodies.find_body(session, ref, view, role)
    found, cursor = await keyset(session, queries.relations_on(body.id, view, kind), paging, Relation.id)
    others = {each.id: each.to_id if each.from_id == body.id else each.from_id for each in found}
    named = await bodies_on(session, set(others.values()), view)
    relations = [
        schemas.RelationOut(
            **dict(schemas.RelationFields.model_validate(each)),
            direction="out" if each.from_id == body.id else "in",
            other=body_named(named[others[each.id]]),
        )
        for each in found
    ]
    return relations, cursor


async def relation_detail(session: AsyncSession, link: Relation) -> schemas.RelationDetail:
    """A relation with both bodies as they are today; NotFound when one was withdrawn."""
    both = await bodies_on(session, {link.from_id, link.to_id}, View(today()))
    if any(each.withdrawn_at for each in both.values()):
        raise NotFound
    of = both[link.from_id]
    return schemas.RelationDetail(
        **dict(schemas.RelationFields.model_validate(link)),
        of=body_named(of),
        to=body_named(both[link.to_id]),
        superseded_at=link.superseded_at,
        version=of.version,
    )


async def may_relate(session: AsyncSession, steward: Caller, *both: UUID, is_ending: bool = False) -> None:
    """Refuse with NotYourBody unless a steward may write both bodies: a relation gives rights, for two.

    To end what it is to the other, either body is enough.
    """
    others = await not_theirs(session, steward, *both)
    if others and (len(others) == len(both) or not is_ending):
        raise NotYourBody(BY_EITHER if is_ending else BY_BOTH)


async def say_relation(
    change: EditRequest, ref: str, role: Role, new: schemas.NewRelation
) -> schemas.RelationDetail:
    """Say what a body is to another from a day on."""
    session, day = change.session, View(max(new.valid_from, today()))
    to = (await bodies.find_body_of_field(session, new.to, day, "any", "/to")).id
    of = await bodies.identify_body(session, ref, View(today()), role)
    await may_relate(session, change.caller, *{of, to})
    work = await begin(change, ref, role, new, also={to})
    if work.body.id == to:
        raise invalid("/to", "A body has no relation to itself.")
    other = (await lock_bodies(session, {to}))[to]
    link = Relation(from_id=work.body.id, to_id=to, kind=new.kind, share=new.share, source=new.source)
    link.valid_from = new.valid_from
    if new.kind in SUCCESSIONS:
        successions.refuse_step(work.body, other, new)
        await successions.refuse_shares(session, link)
    else:
        refuse_days(work.body, other, new.valid_from, None)
        link.valid_to = last_day(work.body, other)
    await refuse_twice(session, link)
    work.ledger.say(link)
    await refuse_two_boards(session, "/to", [link])
    await work.publish()
    return await relation_detail(session, link)


def first_day(of: Body, to: Body) -> date | None:
    """The first day on which two bodies are both open; None where neither is known."""
    return max((day for day in (of.opened_on, to.opened_on) if day), default=None)


def last_day(of: Body, to: Body) -> date | None:
    """The last day on which two bodies are both open; None where neither closes."""
    return min((day for day in (of.closed_on, to.closed_on) if day), default=None)


def refuse_days(of: Body, to: Body, since: date | None, until: date | None) -> None:
    """Refuse days on which one of two bodies is not open, and an end before the beginning."""
    opened, closed = first_day(of, to), last_day(of, to)
    if since and opened and since < opened:
        raise invalid("/valid_from", f"One of the two opened on {opened}: name that day or a later one.")
    for pointer, day in (("/valid_from", since), ("/valid_to", until)):
        if day and closed and day > closed:
            raise invalid(pointer, f"One of the two closed on {closed}: name that day or an earlier one.")
    if since and until and until < since:
        raise invalid("/valid_to", f"It began on {since}: name that day or a later one.")


async def refuse_twice(session: AsyncSession, link: Relation) -> None:
    """Refuse what is said already on some of these days, and that two bodies are this to each other."""
    if found := await queries.find_overlapping(session, link, link.from_id, link.to_id):
        since = f" from {found.valid_from} on" if found.valid_from else ""
        raise invalid("/valid_from", f"That is said already{since}: correct that instead.")
    if await queries.find_overlapping(session, link, link.to_id, link.from_id):
        raise invalid("/to", "It is said to be the same to this body: correct that first.")


async def begin_change(
    change: EditRequest, relation_id: int, given: Reasoned, *, is_ending: bool = False
) -> tuple[Writing, Relation, Body]:
    """Lock both bodies of a relation, once it is sure that the steward may and has read the first."""
    session, link = change.session, await queries.find_relation(change.session, relation_id)
    await may_relate(session, change.caller, link.from_id, link.to_id, is_ending=is_ending)
    both = await lock_bodies(session, {link.from_id, link.to_id})
    body = both[link.from_id]
    must_match(body, change.version)
    if link.kind in SUCCESSIONS:
        await successions.refuse_fixed(session, body, link, is_ending=is_ending)
    work = Writing(Ledger(session, Act.of(given, change.caller, change.actor)), body)
    return work, await queries.find_relation(session, relation_id), both[link.to_id]


async def end(change: EditRequest, relation_id: int, given: schemas.RelationEnding) -> schemas.RelationDetail:
    """End a relation on a day."""
    work, link, other = await begin_change(change, relation_id, given, is_ending=True)
    if link.valid_to:
        raise invalid("/valid_to", f"It ended on {link.valid_to}: if that is wrong, correct it.")
    refuse_days(work.body, other, link.valid_from, given.valid_to)
    work.ledger.restate(link, valid_to=given.valid_to)
    await work.publish()
    return await relation_detail(change.session, link)


async def correct(
    change: EditRequest, relation_id: int, given: schemas.RelationCorrection
) -> schemas.RelationDetail:
    """Say how a relation should have been said, or that it never was."""
    work, link, other = await begin_change(change, relation_id, given)
    if given.withdrawn and given.model_fields_set > {"reason", "source", "withdrawn"}:
        raise invalid(
            "/withdrawn", "A relation that was never true has no share and no days: send `withdrawn` alone."
        )
    if given.withdrawn:
        work.ledger.withdraw(link)
    elif link.kind in SUCCESSIONS:
        work.ledger.restate(link, **successions.changes_of(link, given))
        await successions.refuse_shares(change.session, link)
    else:
        changes = changes_of(work.body, other, link, given)
        work.ledger.restate(link, **changes)
        await refuse_twice(change.session, link)
        pointers = [f"/{name}" for name in ("valid_from", "valid_to") if name in changes]
        await refuse_two_boards(change.session, next(iter(pointers), ""), [link])
    await work.publish()
    return await relation_detail(change.session, link)


def changes_of(of: Body, to: Body, link: Relation, given: schemas.RelationCorrection) -> dict[str, object]:
    """What a correction changes in a relation; Invalid when that is nothing."""
    wanted = given.model_dump(exclude_unset=True, exclude={"reason", "source", "withdrawn"})
    if "valid_to" in wanted:
        wanted["valid_to"] = wanted["valid_to"] or last_day(of, to)
    changes = {name: value for name, value in wanted.items() if getattr(link, name) != value}
    if not changes:
        raise invalid("", "It already says this: there is nothing to correct.")
    opened = first_day(of, to)
    if opened and changes.get("valid_from", opened) is None:
        detail = f"One of the two opened on {opened}: it cannot have held since before that."
        raise invalid("/valid_from", detail)
    refuse_days(of, to, changes.get("valid_from", link.valid_from), changes.get("valid_to", link.valid_to))
    return changes


async def tree(
    session: AsyncSession, ref: str, day: date, levels: int, kind: str | None, paging: PageQuery
) -> tuple[list[schemas.TreeNode], str | None]:
    """What is under a body on a day and what is above it, from the top down."""
    view = View(day)
    body = await bodies.find_body(session, ref, view, "any")
    wanted = queries.TREE.params(start=body.id, levels=levels, **view.parameters())
    if kind:
        wanted = wanted.where(Body.kind == kind)
    found, cursor = await keyset(session, wanted, paging, *queries.ORDER)
    named = await bodies_on(session, {UUID(each["id"]) for each in found}, view)
    nodes = [schemas.TreeNode.model_validate(each | {"body": named[UUID(each["id"])]}) for each in found]
    return nodes, cursor
