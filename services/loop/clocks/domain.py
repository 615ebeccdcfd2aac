"""Clocks: time limits that run from a named instant until they are met, in days of England."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks import queries
from services.loop.clocks.working_days import add_working_days, beginning_of, day_in_england, end_of
from services.loop.models import FeedbackCopy, Loop
from services.loop.records import Clock

Kind = Literal["acknowledge", "read", "decide", "update", "verdict", "revisit"]


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a clock runs, and how many working days before its end it is due soon."""

    working_days: int = 0
    days: int = 0
    warned_before: int = 0

    def due_on(self, started_on: date) -> date:
        """Return the day by the end of which it has to be met."""
        return add_working_days(started_on + timedelta(days=self.days), self.working_days)


LIMITS: Mapping[Kind, Limit] = {
    "acknowledge": Limit(working_days=3, warned_before=1),  # from opening
    "read": Limit(working_days=5, warned_before=1),  # by a person, from receipt
    "decide": Limit(working_days=20, warned_before=5),  # from acknowledgement
    "update": Limit(days=90, warned_before=10),  # from the last telling
    "verdict": Limit(days=28, warned_before=5),  # from telling; people are reminded when it is due soon
    "revisit": Limit(warned_before=10),  # on the day that the decision names
}
# Which clocks do not run where all the linked feedback is of such a kind: nobody waits to hear of a score.
SWITCHED_OFF: Mapping[str, frozenset[Kind]] = {
    "survey_response": frozenset({"acknowledge", "read", "decide"}),
}
# A draft is opened by rule when nobody has opened it after so many working days.
DRAFT_WORKING_DAYS = 5


async def start(
    session: AsyncSession, loop: Loop, kind: Kind, at: datetime, *, due_on: date | None = None
) -> None:
    """Start a clock of a loop, instead of one of its kind that runs; `due_on` is a day that was named.

    One that is switched off for the loop's feedback does not start.
    """
    await meet(session, loop, kind, at)
    if not is_switched_off(kind, await queries.linked_copies(session, loop.id)):
        session.add(Clock(loop_id=loop.id, kind=kind, **span(kind, at, due_on)))


def span(kind: Kind, at: datetime, due_on: date | None = None) -> dict[str, datetime]:
    """Return from when to when a clock runs that starts at an instant, and from when on it is due soon."""
    limit, started_on = LIMITS[kind], day_in_england(at)
    ends_on = due_on or limit.due_on(started_on)
    warned_on = max(add_working_days(ends_on, -limit.warned_before), started_on)
    return {"started_at": at, "due_at": end_of(ends_on), "due_soon_from": beginning_of(warned_on)}


def is_switched_off(kind: Kind, linked: Sequence[FeedbackCopy | None]) -> bool:
    """Tell whether a clock does not run for this feedback; what is not known here lets it run."""
    kinds = {each.kind if each else "" for each in linked}
    return bool(kinds) and all(kind in SWITCHED_OFF.get(each, ()) for each in kinds)


async def meet(session: AsyncSession, loop: Loop, kind: Kind, at: datetime) -> None:
    """Stop the running clock of this kind, if there is one: what it was for has been done."""
    running = update(Clock).where(Clock.loop_id == loop.id, Clock.kind == kind, Clock.met_at.is_(None))
    await session.execute(running.values(met_at=at))


def draft_opens_after(drafted_at: datetime) -> datetime:
    """Return the moment after which a draft is opened by rule."""
    return end_of(add_working_days(day_in_england(drafted_at), DRAFT_WORKING_DAYS))
