"""Mapping again what waits in quarantine, or first saying how much of it there is and what would happen."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.sources import queries, replaying_queries
from services.feedback.sources.apart import place_apart
from services.feedback.sources.checking import SAMPLES_STEPS_MAX
from services.feedback.sources.expressions import STEPS_MAX, Budget
from services.feedback.sources.mapping import ANSWERS_MAX
from services.feedback.sources.models import Payload, Source
from services.feedback.sources.payloads import MappedAnswer, load_payload, map_payload
from services.feedback.sources.received_schemas import Replay, ReplayResult, ReplaySummary
from services.feedback.sources.sealing import SourceSeals
from shared.clock import now
from shared.errors import FieldError, Invalid

DRY_RUN_MAX, DRY_RUN_STEPS_MAX = 200, SAMPLES_STEPS_MAX


async def replay_payloads(session: AsyncSession, source: Source, wanted: Replay) -> ReplaySummary:
    """Let the worker map payloads in quarantine again; say how many.

    Whoever asks at the same moment waits, and finds none of these: each is mapped once.
    """
    await _check_payload_ids(session, source, wanted.received_ids or ())
    ids = await replaying_queries.lock_quarantined_payloads(session, source.id, wanted)
    answers = await replaying_queries.count_answers_waiting(session, ids)
    await replaying_queries.retry_payloads(session, ids, now())
    return ReplaySummary(
        replayed=len(ids), dry_run=False, payloads=len(ids), answers=answers, tried=0, would_map=0, results=[]
    )


async def rehearse_replay(
    session: AsyncSession, source: Source, wanted: Replay, seals: SourceSeals
) -> ReplaySummary:
    """How much would be mapped again, and what would happen to the first with the mapping in use now."""
    await _check_payload_ids(session, source, wanted.received_ids or ())
    ids = await replaying_queries.ids_of_quarantined_payloads(session, source.id, wanted)
    results = await _rehearse(session, source, ids[:DRY_RUN_MAX], seals)
    return ReplaySummary(
        replayed=0,
        dry_run=True,
        payloads=len(ids),
        answers=await replaying_queries.count_answers_waiting(session, ids),
        tried=len(results),
        would_map=sum(each.outcome == "mapped" for each in results),
        results=results,
    )


async def _rehearse(
    session: AsyncSession, source: Source, ids: Sequence[UUID], seals: SourceSeals
) -> list[ReplayResult]:
    """What would happen to these payloads.

    All together may cost what the samples of a mapping may, and the last payload what a payload may.
    """
    results: list[ReplayResult] = []
    spent = 0
    with place_apart(source.organisation_id):
        for received_id in ids:
            if spent >= DRY_RUN_STEPS_MAX or len(results) >= ANSWERS_MAX:
                break
            received, budget = await session.get_one(Payload, received_id), Budget()
            answers = await map_payload(session, await load_payload(session, received, seals), seals, budget)
            results += [_replay_result(received.id, each) for each in answers]
            spent += STEPS_MAX - budget.steps_left
    return results


def _replay_result(received_id: UUID, answer: MappedAnswer) -> ReplayResult:
    fault = answer.fault
    return ReplayResult(
        received_id=received_id,
        position=answer.position,
        outcome="quarantined" if fault else "mapped",
        error_class=fault and fault.error_class,
        field=fault and fault.field,
    )


async def _check_payload_ids(session: AsyncSession, source: Source, received_ids: Sequence[UUID]) -> None:
    known = await queries.existing_payload_ids(session, source.id, received_ids)
    if unknown := [place for place, each in enumerate(received_ids) if each not in known]:
        errors = [
            FieldError(pointer=f"/received_ids/{n}", detail="does not belong to this source") for n in unknown
        ]
        raise Invalid("Some of these payloads do not belong to this source. Leave them out.", errors=errors)
