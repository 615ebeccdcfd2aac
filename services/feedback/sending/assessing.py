"""Assessing whom mail reaches: off the request path, and again only where something changed."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.contributors.models import Reach
from services.feedback.contributors.reach import mark_reach_stale, reach_event
from services.feedback.contributors.schemas import StoredContributor
from services.feedback.contributors.sealing import open_contributor
from services.feedback.sending import queries
from services.feedback.sending.rules import reason_against_person
from services.feedback.sending.teller import Teller
from shared.events.feedback import FailedReason
from shared.outbox import record


async def assess_reach(session: AsyncSession, teller: Teller) -> int:
    """Assess the next contributors whose reach is stale, or was assessed by earlier settings; how many."""
    stale = await queries.lock_stale_reach(session, teller.gate.digest, teller.since)
    await assess(session, teller, stale)
    return len(stale)


async def assess_contributors(session: AsyncSession, teller: Teller, feedback_ids: Collection[UUID]) -> None:
    """Assess the contributors of these pieces of feedback first, where their reach is stale or not known."""
    found = await queries.lock_reach(session, feedback_ids)
    if len(found) < len(feedback_ids):
        for feedback_id in set(feedback_ids) - await queries.known_reach(session, feedback_ids):
            await mark_reach_stale(session, feedback_id)
        found = await queries.lock_reach(session, feedback_ids)
    await assess(session, teller, [reach for reach in found if not reach.gate])


async def assess(session: AsyncSession, teller: Teller, found: Sequence[Reach]) -> None:
    """Assess contributors whose rows are locked, and tell of each result that changed."""
    if not found:
        return
    seals = await queries.sealed_contributors(session, [reach.feedback_id for reach in found])
    people = {
        reach.feedback_id: open_contributor(seals[reach.feedback_id], reach.feedback_id, teller.key)
        for reach in found
        if reach.feedback_id in seals
    }
    refs = {each: teller.person_ref_of(person) for each, person in people.items()}
    stopped = await queries.stopped_persons(session, {ref for ref in refs.values() if ref})
    for reach in found:
        before = reach.state, reach.reason, reach.mailed_ref
        person, ref = people.get(reach.feedback_id), refs.get(reach.feedback_id)
        keep_person(reach, ref, teller)
        reason = reason_against_person(person) or (stopped.get(ref) if ref else None)
        judge_reach(reach, person, reason, teller)
        if before != (reach.state, reach.reason, reach.mailed_ref):
            record(session, reach, reach_event(reach))


def keep_person(reach: Reach, person_ref: str | None, teller: Teller) -> None:
    """Keep whom an address belongs to; another address has another mailed code, so that nobody inherits one.

    The code outlives the person's name: its holder may still look up and vote after erasure.
    """
    if person_ref and person_ref != reach.person_ref:
        reach.address_number += 1
        reach.mailed_ref = teller.codes.ref_of(teller.codes.mailed_code_of(reach.id, reach.address_number))
    reach.person_ref = person_ref


def judge_reach(
    reach: Reach, person: StoredContributor | None, reason: FailedReason | None, teller: Teller
) -> None:
    """Say whether mail reaches a contributor, by the settings of this teller."""
    held_by = teller.gate.reason_to_hold(person.address) if person and person.address else None
    if reason or held_by:
        reach.state, reach.reason = "unreachable" if reason else "held", reason or held_by
    else:
        reach.state, reach.reason = "reachable", None
    reach.gate, reach.gate_read_at = teller.gate.digest, teller.since
