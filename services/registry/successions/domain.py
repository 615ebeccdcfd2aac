"""Applying successions: from then on, what a body owned is its successors'."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import find_body, publish_bodies
from services.registry.bodies.queries import bodies_on, footprints_of
from services.registry.bodies.schemas import body_fields, body_named
from services.registry.ledger.acts import Act
from services.registry.ledger.views import View
from services.registry.mergers.domain import lock_due, publish_due
from services.registry.models import Relation, Succession
from services.registry.successions import queries
from services.registry.successions.schemas import NewSuccession, SuccessionOut, SuccessionsOut, SuccessorOut
from shared.auth import Actor, Caller
from shared.clock import now, today
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.events.registry import FootprintSucceeded

DAY = timedelta(days=1)
Links = Mapping[UUID, Sequence[Relation]]


class NoSuccession(Invalid):
    """No footprint was succeeded on this day: `/v1/footprints/{ref}/lineage` says when and by whom."""


class SuccessionTooEarly(Invalid):
    """Apply a succession on its day or later; until then use `dry_run` to see what would move."""


class AlreadySucceeded(Conflict):
    """This succession was applied: each predecessor has only one, so nothing is left to do."""


async def succeed(
    session: AsyncSession, new: NewSuccession, caller: Caller, actor: Actor | None = None
) -> SuccessionsOut:
    """Apply successions once for each predecessor, or show what they would move."""
    links = await find_links(session, new)
    if not new.dry_run:
        reason = new.reason or f"The succession of {new.effective_on} was applied."
        await apply(session, new, links, Act(reason, new.source or "the declared merger", caller, actor))
    return await successions_view(session, new, links)


async def find_links(session: AsyncSession, new: NewSuccession) -> Links:
    """The links of the named predecessors; without names, of all that were succeeded that day."""
    links = await queries.links_on(session, new.effective_on)
    if new.predecessors is None:
        if not links:
            raise NoSuccession(errors=[FieldError(pointer="/effective_on", detail=NoSuccession.sentence())])
        return links
    found = [await find_predecessor(session, ref, new.effective_on - DAY) for ref in new.predecessors]
    unknown = [
        FieldError(pointer=f"/predecessors/{number}", detail="No body succeeded this one on the day.")
        for number, each in enumerate(found)
        if each not in links
    ]
    if unknown:
        raise NoSuccession(errors=unknown)
    return {each: links[each] for each in found if each}


async def find_predecessor(session: AsyncSession, ref: str, day: date) -> UUID | None:
    """The footprint that a reference meant on its last day, if there was one."""
    try:
        return (await find_body(session, ref, View(day), "footprint")).id
    except NotFound:
        return None


async def apply(session: AsyncSession, new: NewSuccession, links: Links, act: Act) -> None:
    """Apply what has not been applied, and publish each; refuse what is too early and what is named again."""
    if new.effective_on > today():
        wrong = FieldError(pointer="/effective_on", detail=SuccessionTooEarly.sentence())
        raise SuccessionTooEarly(errors=[wrong])
    due = await lock_due(session, also=links)
    done = await queries.find_applied(session, links)
    left = [each for each in links if each not in done]
    if not left or (new.predecessors and done):
        raise AlreadySucceeded
    at = now()
    session.add_all(
        Succession(
            predecessor_id=each,
            effective_on=new.effective_on,
            applied_at=at,
            client_id=act.caller.client_id,
        )
        for each in left
    )
    await session.flush()
    # Other services look for the heir of what a body owned by the footprint of each organisation.
    await publish_due(session, due)
    await publish_bodies(session, left, act, FootprintSucceeded)


async def successions_view(session: AsyncSession, new: NewSuccession, links: Links) -> SuccessionsOut:
    """What becomes of each predecessor, by name."""
    done = await queries.find_applied(session, links)
    ids = {*links, *(link.to_id for each in links.values() for link in each)}
    bodies = await bodies_on(session, ids, View(new.effective_on))
    moving = await count_moves(session, links, new.effective_on)
    successions = [
        SuccessionOut(
            predecessor=body_named(bodies[before]),
            successors=[
                SuccessorOut(
                    **body_fields(bodies[link.to_id]),
                    share=link.share or 0.0,
                    organisations=moving[before, link.to_id],
                )
                for link in each
            ],
            heir_uncertain=len(each) > 1,
            applied_at=done[before].applied_at if before in done else None,
        )
        for before, each in links.items()
    ]
    successions.sort(key=lambda each: each.predecessor.name)
    return SuccessionsOut(effective_on=new.effective_on, dry_run=new.dry_run, successions=successions)


async def count_moves(session: AsyncSession, links: Links, day: date) -> Counter[tuple[UUID, UUID]]:
    """How many organisations of each predecessor belong to each successor on the first day."""
    members = await queries.members_until(session, links, day - DAY)
    after = await footprints_of(session, [each for each, _ in members], View(day))
    return Counter((before, after[each]) for each, before in members if each in after)
