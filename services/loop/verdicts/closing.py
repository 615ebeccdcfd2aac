"""Closing: nobody can close a loop; what those who were told make of it does, when their time is over."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.commitments.domain import contest
from services.loop.history.chain import BY_RULE
from services.loop.loops.attempts import Attempt
from services.loop.loops.guards import DECLINES
from services.loop.loops.table import advance
from services.loop.models import Loop
from services.loop.tellings.queries import asked_ids
from services.loop.verdicts import queries
from shared.clock import now, today
from shared.disclosure import held_back
from shared.events.loop import ClosedAs

Ending = ClosedAs | Literal["contested"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How many answers it takes to say something, and which."""

    verdicts_min: int = 5
    verdicts_share: float = 0.10  # of those who were told
    confirmed_share: float = 0.60  # "yes" or "partly"
    contested_share: float = 0.30  # "no", of at least verdicts_min

    def wanted(self, told: int) -> int:
        """Return how many verdicts it takes."""
        return max(self.verdicts_min, ceil(self.verdicts_share * told))


THRESHOLDS = Thresholds()


def ending_of(answers: Sequence[str], told: int, rules: Thresholds = THRESHOLDS) -> Ending:
    """Return what the answers to "did it happen?" make of a loop.

    With too few answers any "no" disputes it: a person of the body has to look.
    """
    given, count = Counter(answers), len(answers)
    if count >= rules.verdicts_min and given["no"] / count >= rules.contested_share:
        return "contested"
    if count < rules.wanted(told):
        return "disputed" if given["no"] and count < rules.verdicts_min else "unconfirmed"
    happened = (given["yes"] + given["partly"]) / count
    return "confirmed" if happened >= rules.confirmed_share else "disputed"


async def close_due(session: AsyncSession, at: datetime | None = None) -> int:
    """Close one loop whose time for verdicts is over, or let it be contested; return how many that were.

    It takes one loop at a time, so that its caller's transaction stays short.
    """
    loop = await queries.loop_to_close(session, at or now())
    if loop is None:
        return 0
    answers = [verdict.did_it_happen for verdict in await queries.verdicts_of(session, loop)]
    told = len(await asked_ids(session, loop))
    await end(
        session, loop, "declined" if loop.answer in DECLINES else ending_of(answers, told), len(answers)
    )
    return 1


async def end(session: AsyncSession, loop: Loop, ending: Ending, verdicts: int) -> None:
    """Take the step that the verdicts lead to."""
    attempt, facts = Attempt(loop=loop, by=BY_RULE, on=today()), {"verdicts": held_back(verdicts)}
    if ending == "contested":
        await contest(session, loop, facts)
        return
    loop.closed_as = ending
    await advance(session, "closing", attempt, facts=facts | {"closed_as": ending})
