"""Closing: nobody can close a loop; the verdicts of the people who were told do, when their time is over."""

from collections.abc import Mapping, Sequence
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
from services.loop.verdicts.counting import figures_of_loop
from shared.clock import now
from shared.events.loop import ClosedAs, LoopClosed, State

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
    witnessed_share: float = 0.50  # of the verdicts; the others confirm nothing by themselves
    confirmed_share: float = 0.60  # "yes" or "partly"
    contested_share: float = 0.30  # "no", of at least verdicts_min

    def verdicts_needed(self, told: int) -> int:
        """How many verdicts it takes."""
        return max(self.verdicts_min, ceil(self.verdicts_share * told))


THRESHOLDS = Thresholds()


def ending_of(
    answers: Sequence[str], witnessed: Sequence[str], told: int, rules: Thresholds = THRESHOLDS
) -> Ending:
    """How the answers to "did it happen?" end a loop; `witnessed` are those of them that are witnessed.

    A doubt counts whoever has it: answers that nobody witnesses drown no "no", and confirm nothing alone.
    With too few answers any "no" disputes it: a person of the body must look.
    """
    count = len(answers)
    if contests(answers, rules) or contests(witnessed, rules):
        return "contested"
    if count < rules.verdicts_needed(told):
        return "disputed" if "no" in answers and count < rules.verdicts_min else "unconfirmed"
    if share_of_answers(answers, "yes", "partly") < rules.confirmed_share:
        return "disputed"
    if len(witnessed) < rules.witnessed_share * count:
        return "unconfirmed"
    happened = share_of_answers(witnessed, "yes", "partly")
    return "confirmed" if happened >= rules.confirmed_share else "disputed"


def contests(answers: Sequence[str], rules: Thresholds) -> bool:
    """Whether enough people say that it did not happen."""
    enough = len(answers) >= rules.verdicts_min
    return enough and share_of_answers(answers, "no") >= rules.contested_share


def share_of_answers(answers: Sequence[str], *wanted: str) -> float:
    """The share of some answers among all; 0 where there are none."""
    return sum(answer in wanted for answer in answers) / max(len(answers), 1)


async def close_due_loop(session: AsyncSession, at: datetime | None = None) -> int:
    """Close one loop whose time for verdicts is over, or let it be contested; return how many there were.

    It takes one loop at a time, so that its caller's transaction stays short.
    """
    loop = await queries.lock_loop_to_close(session, at or now())
    if loop is None:
        return 0
    verdicts = [each for each in await queries.verdicts_of(session, loop) if not each.outranked]
    answers = [verdict.did_it_happen for verdict in verdicts]
    witnessed = [verdict.did_it_happen for verdict in verdicts if verdict.witnessed]
    told = len(await asked_ids(session, loop))
    ending = "declined" if loop.answer in DECLINES else ending_of(answers, witnessed, told)
    end_state: State = "contested" if ending == "contested" else "closed"
    shown = figures_of_loop(verdicts, own=False, state=end_state)
    facts = {name: getattr(shown, name) for name in ("verdicts", "witnessed", "not_witnessed")}
    await end_loop(session, loop, ending, facts)
    return 1


async def end_loop(session: AsyncSession, loop: Loop, ending: Ending, facts: Mapping[str, object]) -> None:
    """Take the step that the verdicts lead to."""
    if ending == "contested":
        await contest_loop(session, loop, facts)
        return
    judged = judge(CLOSING, attempt_by_rule(loop))
    loop.closed_as = ending
    take(session, judged, Effect(facts={**facts, "closed_as": ending}))
