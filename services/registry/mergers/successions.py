"""Applying successions: from then on, what a body owned is its successors'."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import publish_bodies
from services.registry.bodies.queries import bodies_on, footprints_of
from services.registry.bodies.schemas import body_fields, body_named
from services.registry.ledger.acts import Act, lock_bodies
from services.registry.ledger.views import View
from services.registry.mergers import queries, schemas
from services.registry.mergers.domain import publish_due_mergers
from services.registry.mergers.errors import AlreadySucceeded, NoSuccession, NotSucceeded, SuccessionTooEarly
from services.registry.mergers.plan import find_bodies
from services.registry.mergers.queries import DAY
from services.registry.models import Relation, Succession
from shared.auth import Actor, Caller
from shared.clock import now, today
from shared.errors import FieldError, invalid
from shared.events.registry import FootprintSucceeded

Links = Mapping[UUID, Sequence[Relation]]


async def succeed(
    session: AsyncSession, new: schemas.NewSuccession, caller: Caller, actor: Actor | None = None
) -> schemas.SuccessionsOut:
    """Apply successions once for each predecessor, or show what they would move."""
    links = await find_links(session, new)
    if not new.dry_run:
        reason = new.reason or f"The succession of {new.effective_on} was applied."
        await apply(session, new, links, Act(reason, new.source or "the declared merger", caller, actor))
    return await successions_view(session, new, links)


async def find_links(session: AsyncSession, new: schemas.NewSuccession) -> Links:
    """The links of the named predecessors; without names, of all that were succeeded that day."""
    if new.predecessors is None:
        links = await queries.links_on(session, new.effective_on)
        if not links:
            raise NoSuccession.at("/effective_on")
        return links
    known = await find_bodies(session, new.predecessors, new.effective_on - DAY, "any")
    named = [known[ref].id if ref in known else None for ref in new.predecessors]
    links = await queries.links_on(session, new.effective_on, {each for each in named if each})
    unknown = [
        FieldError(pointer=f"/predecessors/{number}", detail="No body succeeded this one on the day.")
        for number, each in enumerate(named)
        if each not in links
    ]
    if unknown:
        raise NoSuccession(errors=unknown)
    return {each: links[each] for each in named if each}


async def apply(session: AsyncSession, new: schemas.NewSuccession, links: Links, act: Act) -> None:
    """Apply what has not been applied, and publish each; refuse what is too early and what is named again."""
    if new.effective_on > today():
        raise SuccessionTooEarly.at("/effective_on")
    # Other services look for the heir of what a body owned by the footprint of each organisation.
    await publish_due_mergers(session, lock=links)
    known = await queries.find_successions(session, links)
    left = [each for each in links if each not in known or known[each].undone_at]
    if not left or (new.predecessors and len(left) < len(links)):
        raise AlreadySucceeded
    applied = {"effective_on": new.effective_on, "applied_at": now(), "client_id": act.caller.client_id}
    for each in left:
        row = known.get(each) or Succession(predecessor_id=each)
        for name, value in (applied | {"undone_at": None}).items():
            setattr(row, name, value)
        session.add(row)
    await session.flush()
    await publish_bodies(session, left, act, FootprintSucceeded)


async def undo(
    session: AsyncSession, new: schemas.NewSuccession, caller: Caller, actor: Actor | None = None
) -> schemas.SuccessionsOut:
    """Take back successions that were applied by mistake: the predecessors own again what goes back to them.

    The row of a succession is no fact of the ledger: it stays, and says when it was undone.
    """
    if not (new.predecessors and new.reason and new.source):
        missing = next(each for each in ("predecessors", "reason", "source") if not getattr(new, each))
        wanted = "To undo a succession, name the predecessors, and give a reason and a source."
        raise invalid(f"/{missing}", wanted)
    known = await find_bodies(session, new.predecessors, new.effective_on - DAY, "any")
    named = [known[ref].id if ref in known else None for ref in new.predecessors]
    ids = {each for each in named if each}
    await lock_bodies(session, ids)
    done = await queries.find_applied(session, ids)
    if wrong := [
        FieldError(pointer=f"/predecessors/{number}", detail="No succession of that day is applied.")
        for number, each in enumerate(named)
        if each is None or each not in done or done[each].effective_on != new.effective_on
    ]:
        raise NotSucceeded(errors=wrong)
    if not new.dry_run:
        for row in done.values():
            row.undone_at = now()
        await session.flush()
        await publish_bodies(session, ids, Act(new.reason, new.source, caller, actor))
    links = await queries.links_on(session, new.effective_on, ids)
    return await successions_view(session, new, {each: links.get(each, []) for each in ids})


async def successions_view(
    session: AsyncSession, new: schemas.NewSuccession, links: Links
) -> schemas.SuccessionsOut:
    """What becomes of each predecessor, by name, with how many of its organisations each successor has."""
    done, day = await queries.find_applied(session, links), new.effective_on
    bodies = await bodies_on(
        session, {*links, *(link.to_id for own in links.values() for link in own)}, View(day)
    )
    members = (await session.execute(queries.members_until(links, day))).all()
    homes = await footprints_of(session, {organisation for organisation, _ in members}, View(day))
    moved = Counter((before, homes.get(organisation)) for organisation, before in members)
    successions = [
        schemas.SuccessionOut(
            predecessor=body_named(bodies[before]),
            successors=[
                schemas.SuccessorOut(
                    **body_fields(bodies[link.to_id]),
                    share=link.share,
                    organisations=moved[before, link.to_id],
                )
                for link in own
            ],
            heir_uncertain=len(own) > 1,
            applied_at=done[before].applied_at if before in done else None,
        )
        for before, own in links.items()
    ]
    successions.sort(key=lambda each: each.predecessor.name)
    return schemas.SuccessionsOut(effective_on=day, dry_run=new.dry_run, successions=successions)
