"""Applying successions: from then on, what a body owned is its successors'."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.bodies import queries as body_queries
from services.registry.bodies.schemas import body_fields, body_named
from services.registry.ledger.acts import Act
from services.registry.ledger.views import View
from services.registry.mergers.domain import lock_due, tell_due
from services.registry.models import Relation, Succession
from services.registry.successions import queries
from services.registry.successions.errors import AlreadySucceeded, NoSuccession, SuccessionTooEarly
from services.registry.successions.schemas import Heir, NewSuccession, SuccessionOut, SuccessionsOut
from shared.auth import Actor, Caller
from shared.clock import now, today
from shared.errors import FieldError, NotFound
from shared.events.registry import FootprintSucceeded

DAY = timedelta(days=1)
Links = Mapping[UUID, Sequence[Relation]]


async def succeed(
    session: AsyncSession, new: NewSuccession, caller: Caller, actor: Actor | None = None
) -> SuccessionsOut:
    """Apply successions once for each predecessor, or show what they would move."""
    links = await wanted_links(session, new)
    if not new.dry_run:
        await apply(session, new, links, act_of(new, caller, actor))
    return await shown(session, new, links)


async def wanted_links(session: AsyncSession, new: NewSuccession) -> Links:
    """Return the links of the predecessors that were named; if none, of all that were succeeded that day."""
    links = await queries.links_on(session, new.effective_on)
    if new.predecessors is None:
        if not links:
            raise NoSuccession(errors=[FieldError(pointer="/effective_on", detail=NoSuccession.sentence())])
        return links
    found = [await predecessor(session, ref, new.effective_on - DAY) for ref in new.predecessors]
    if unknown := [
        FieldError(pointer=f"/predecessors/{n}", detail="It was not succeeded on this day.")
        for n, each in enumerate(found)
        if each not in links
    ]:
        raise NoSuccession(errors=unknown)
    return {each: links[each] for each in found if each}


async def predecessor(session: AsyncSession, ref: str, day: date) -> UUID | None:
    """Return the footprint that a reference meant on its last day, if there was one."""
    try:
        found = (await bodies.find_body(session, ref, View(day), "footprint")).id
    except NotFound:
        return None
    return found


def act_of(new: NewSuccession, caller: Caller, actor: Actor | None) -> Act:
    """Return the act that a request asks for."""
    reason = new.reason or f"The succession of {new.effective_on} was applied."
    return Act(reason, new.source or "the declared merger", caller, actor)


async def apply(session: AsyncSession, new: NewSuccession, links: Links, act: Act) -> None:
    """Apply what has not been applied, and tell of each; refuse what is too early and what is named again."""
    if new.effective_on > today():
        raise SuccessionTooEarly(
            errors=[FieldError(pointer="/effective_on", detail=SuccessionTooEarly.sentence())]
        )
    due = await lock_due(session, also=links)
    done = await queries.applied(session, links)
    left = [each for each in links if each not in done]
    if not left or (new.predecessors and done):
        raise AlreadySucceeded
    at = now()
    session.add_all(
        Succession(
            predecessor_id=each, effective_on=new.effective_on, applied_at=at, client_id=act.caller.client_id
        )
        for each in left
    )
    await session.flush()
    # Whose an organisation is has to be known to those who look for the heir of what it owns.
    await tell_due(session, due)
    await bodies.publish_bodies(session, left, act, FootprintSucceeded)


async def shown(session: AsyncSession, new: NewSuccession, links: Links) -> SuccessionsOut:
    """Return what becomes of each predecessor, by name."""
    done = await queries.applied(session, links)
    ids = {*links, *(link.to_id for each in links.values() for link in each)}
    last_day = new.effective_on - DAY
    rows = await body_queries.bodies_on(session, ids, View(new.effective_on))
    moving = await moves(session, links, last_day)
    successions = [
        SuccessionOut(
            predecessor=body_named(rows[before]),
            successors=[
                Heir(
                    **body_fields(rows[link.to_id]),
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


async def moves(session: AsyncSession, links: Links, last_day: date) -> Counter[tuple[UUID, UUID]]:
    """Return how many organisations of each predecessor belong to each successor on the day after."""
    members = await queries.members_of(session, links, last_day)
    after = await body_queries.footprints_of(session, [each for each, _ in members], View(last_day + DAY))
    return Counter((before, after[each]) for each, before in members if each in after)
