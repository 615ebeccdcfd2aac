"""Reading how many people have been told: only for the body that must answer, and the loop's raiser."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import get_args
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.access import find_own_loop
from services.loop.core.queries import kin_of, parts_of
from services.loop.records import GroupTelling, Telling
from services.loop.tellings import queries
from services.loop.tellings.domain import insiders_of, preview_of_loop, split_by_sender, sum_apart
from services.loop.tellings.schemas import (
    GroupTellingOut,
    PreviewOut,
    TellingResults,
    TellingState,
    TellingsView,
)
from shared.auth import Caller
from shared.disclosure import FEWER, HELD, SMALL, Count, public_result, public_sum
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
    before = await queries.counted_before(session, loop)
    groups = split_by_sender(loop, before, await kin_of(session, insiders_of(loop)))
    apart = Apart([{link.feedback_id for link in group} for group in groups], len(before))
    return TellingsView(
        told=apart.count([each for each in final if each.state == "delivered"]),
        tellings=[
            results_of(kind, sent, apart) for kind, sent in by_kind.items() if is_shown(kind, len(sent))
        ],
        group_tellings=[
            GroupTellingOut.model_validate(each) for each in await parts_of(session, GroupTelling, loop.id)
        ],
    )


def is_shown(kind: TellingKind, people: int) -> bool:
    """Whether tellings of a kind are shown; a few reminders would tell who has given no verdict."""
    return people >= SMALL if kind == "verdict_reminder" else people > 0


@dataclass(frozen=True, slots=True)
class Apart:
    """The people of a loop in groups, so that nobody is what is left beside people whom the reader knows."""

    groups: Sequence[Collection[UUID]]
    # How many of its people an earlier loop counts: their results are in none.
    left_out: int

    def split(self, tellings: Sequence[Telling]) -> list[list[Telling]]:
        """The tellings to each group: to none of it, where nobody in it can be told."""
        return [[each for each in tellings if each.feedback_id in group] for group in self.groups]

    def count(self, tellings: Sequence[Telling]) -> Count:
        """To how many people these went, as each group alone may show it."""
        shown = [public_result(len(group)) for group in self.split(tellings)]
        return public_sum([*shown, HELD] if self.left_out or not shown else shown)

    def distribute(
        self, tellings: Sequence[Telling], names: Sequence[str], of: Callable[[Telling], str | None]
    ) -> dict[str, Count] | None:
        """How many of these have each name, as each group alone may show it; None where none does."""
        shown = sum_apart([list(map(of, group)) for group in self.split(tellings)], names, self.left_out)
        return shown if any(each != HELD for each in shown.values()) else None


def results_of(kind: TellingKind, tellings: Sequence[Telling], apart: Apart) -> TellingResults:
    """What became of the tellings of one kind."""
    return TellingResults(
        kind=kind,
        people=apart.count(tellings),
        requested_at=max(each.requested_at for each in tellings),
        states=apart.distribute(tellings, STATES, attrgetter("state")),
        reasons=apart.distribute(tellings, REASONS, attrgetter("reason")),
    )
