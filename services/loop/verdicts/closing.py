"""Closing: nobody can close a loop; the verdicts of the people who were told do, when their time is over."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.commitments.domain import contest_loop
from services.loop.core.attempts import attempt_by_rule
from services.loop.core.steps import Effect, Step, judge, take
from services.loop.models import DECLINES, Loop
from services.loop.tellings.queries import asked_ids
from services.loop.verdicts import queries
from shared.clock import now
from shared.disclosure import public_count
from shared.events.loop import ClosedAs, LoopClosed

Ending = ClosedAs | Literal["contested"]


CLOSING = Step[None](
    name="closing",
    sources=("verdict_open",),
    target="closed",
    event=LoopClosed,
    stamp="closed_at",
    meets=("verdict", "update"),
)
STEPS = (CLOSING,)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How many answers it takes to say something, and which."""

    verdicts_min: int = 5
    verdicts_share: float = 0.10  # of the people who were told
    confirmed_share: float = 0.60  # "yes" or "partly"
    contested_share: float = 0.30  # "no", of at least verdicts_min

    def verdicts_needed(self, told: int) -> int:
        """How many verdicts it takes."""
        return max(self.verdicts_min, ceil(self.verdicts_share * told))


THRESHOLDS = Thresholds()


def ending_of(answers: Sequence[str], told: int, rules: Thresholds = THRESHOLDS) -> Ending:
    """How the answers to "did it happen?" end a loop.

    With too few answers any "no" disputes it: a person of the body must look.
    """
    given, count = Counter(answers), len(answers)
    if count >= rules.verdicts_min and given["no"] / count >= rules.contested_share:
        return "contested"
    if count < rules.verdicts_needed(told):
        return "disputed" if given["no"] and count < rules.verdicts_min else "unconfirmed"
    happened = (given["yes"] + given["partly"]) / count
    return "confirmed" if happened >= rules.confirmed_share else "disputed"


async def close_due_loop(session: AsyncSession, at: datetime | None = None) -> int:
    """Close one loop whose time for verdicts is over, or let it be contested; return how many there were.

    It takes one loop at a time, so that its caller's transaction stays short.
    """
    loop = await queries.lock_loop_to_close(session, at or now())
    if loop is None:
        return 0
    answers = [verdict.did_it_happen for verdict in await queries.verdicts_of(session, loop)]
    told = len(await asked_ids(session, loop))
    ending = "declined" if loop.answer in DECLINES else ending_of(answers, told)
    await end_loop(session, loop, ending, len(answers))
    return 1


async def end_loop(session: AsyncSession, loop: Loop, ending: Ending, verdicts: int) -> None:
    """Take the step that the verdicts lead to."""
    facts = {"verdicts": public_count(verdicts)}
    if ending == "contested":
        await contest_loop(session, loop, facts)
        return
    judged = judge(CLOSING, attempt_by_rule(loop))
    loop.closed_as = ending
    take(session, judged, Effect(facts=facts | {"closed_as": ending}))
