"""Reading how many people have been told: only for the body that must answer, and the loop's raiser."""

from collections import Counter
from collections.abc import Sequence
from typing import get_args
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.access import find_own_loop
from services.loop.core.queries import parts_of
from services.loop.records import GroupTelling, Telling
from services.loop.tellings import queries
from services.loop.tellings.domain import preview_of_loop
from services.loop.tellings.schemas import (
    GroupTellingOut,
    PreviewOut,
    TellingResults,
    TellingState,
    TellingsView,
)
from shared.auth import Caller
from shared.disclosure import FEWER, HELD, SMALL, public_distribution, public_result
from shared.events.feedback import FailedReason, HeldReason
from shared.events.loop import TellingKind

HELD_NOTICE = (
    "This deployment holds mail to these people. It waits until the operator of Doorway releases it."
)
KINDS: tuple[TellingKind, ...] = get_args(TellingKind)
STATES: tuple[str, ...] = get_args(TellingState)
REASONS = (*get_args(HeldReason), *get_args(FailedReason))


async def preview_view(session: AsyncSession, caller: Caller, loop_id: UUID, kind: TellingKind) -> PreviewOut:
    """How many people would be told if it were requested now."""
    preview = await preview_of_loop(session, await find_own_loop(session, caller, loop_id), kind)
    return PreviewOut(
        kind=kind,
        contributors=preview.contributors,
        held_notice=HELD_NOTICE if preview.reach["held"] not in (HELD, FEWER) else None,
        unreachable_because=preview.reasons,
        preview_id=preview.preview_id,
        reachable=preview.reach["reachable"],
        held=preview.reach["held"],
        unassessed=preview.reach["unassessed"],
        unreachable=preview.reach["unreachable"],
    )


async def tellings_view(session: AsyncSession, caller: Caller, loop_id: UUID) -> TellingsView:
    """What became of a loop's tellings, and how many people were told the outcome."""
    loop = await find_own_loop(session, caller, loop_id)
    tellings = await parts_of(session, Telling, loop.id)
    final = {each.feedback_id: each for each in tellings if each.kind in queries.FINAL}.values()
    newest = {(each.kind, each.feedback_id): each for each in tellings}
    by_kind = {each: [sent for (kind, _), sent in newest.items() if kind == each] for each in KINDS}
    return TellingsView(
        told=public_result(sum(each.state == "delivered" for each in final)),
        tellings=[results_of(kind, sent) for kind, sent in by_kind.items() if is_shown(kind, len(sent))],
        group_tellings=[
            GroupTellingOut.model_validate(each) for each in await parts_of(session, GroupTelling, loop.id)
        ],
    )


def is_shown(kind: TellingKind, people: int) -> bool:
    """Whether tellings of a kind are shown; a few reminders would tell who has given no verdict."""
    return people >= SMALL if kind == "verdict_reminder" else people > 0


def results_of(kind: TellingKind, tellings: Sequence[Telling]) -> TellingResults:
    """What became of the tellings of one kind."""
    states = Counter(each.state for each in tellings)
    reasons = Counter(each.reason for each in tellings)
    return TellingResults(
        kind=kind,
        people=public_result(len(tellings)),
        requested_at=max(each.requested_at for each in tellings),
        states=public_distribution({each: states[each] for each in STATES}),
        reasons=public_distribution({each: reasons[each] for each in REASONS}),
    )
