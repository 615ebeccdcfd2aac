"""Clocks: time limits that run from a named instant until they are met, in days of England."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from services.loop.clocks.working_days import add_working_days, end_of
from services.loop.models import FeedbackCopy, Loop
from services.loop.records import Clock
from shared.clock import beginning_of, day_in_england

ClockKind = Literal["acknowledge", "read", "look", "decide", "update", "verdict", "revisit"]


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a clock runs, and how many working days before its end it is due soon."""

    working_days: int = 0
    days: int = 0
    warned_before: int = 0

    def due_on(self, started_on: date) -> date:
        """The last day on which the limit is met."""
        return add_working_days(started_on + timedelta(days=self.days), self.working_days)


LIMITS: Mapping[ClockKind, Limit] = {
    "acknowledge": Limit(working_days=3, warned_before=1),  # from opening
    "read": Limit(working_days=5, warned_before=1),  # by a person, from receipt
    "look": Limit(working_days=5, warned_before=1),  # by a person, from the hiding of words
    "decide": Limit(working_days=20, warned_before=5),  # from acknowledgement
    "update": Limit(days=90, warned_before=10),  # from the last telling
    "verdict": Limit(days=28, warned_before=5),  # from telling; people are reminded when it is due soon
    "revisit": Limit(warned_before=10),  # on the day that the decision names
}
# Clocks that do not run where all the linked feedback is of one kind: nobody waits for an answer to a score.
SWITCHED_OFF: Mapping[str, frozenset[ClockKind]] = {
    "survey_response": frozenset({"acknowledge", "read", "decide"}),
}
# A rule opens a draft that nobody has opened after so many working days.
DRAFT_WORKING_DAYS = 5


class Span(NamedTuple):
    """When a clock starts, when it ends, and from when it is due soon."""

    started_at: datetime
    due_at: datetime
    due_soon_from: datetime


def start_clock(loop: Loop, kind: ClockKind, at: datetime, *, due_on: date | None = None) -> None:
    """Start a clock of a locked loop in place of one of its kind; `due_on` is a day that was named.

    A clock that is switched off for the loop's feedback does not start.
    """
    meet_clock(loop, kind, at)
    if not is_switched_off(kind, [link.copy for link in loop.links]):
        loop.clocks.append(Clock(kind=kind, **span_of_clock(kind, at, due_on)._asdict()))


def start_look(loop: Loop, at: datetime, *, by_body: bool) -> None:
    """Start the clock of looking at hidden words; when its time is over, others may look as well.

    While it runs or is missed, hiding words again buys no time. Where it may have been the body that hid
    them, `by_body`, others wait only the first time: it could silence the loop again and again.
    """
    earlier = [clock for clock in loop.clocks if clock.kind == "look"]
    running = [clock for clock in earlier if clock.met_at is None]
    if not running:
        start_clock(loop, "look", at)
    due_at = (running or loop.clocks[-1:])[0].due_at
    if by_body and earlier and not running:
        due_at = at
    loop.left_to_others_at = loop.left_to_others_at or due_at


def end_look(loop: Loop, at: datetime) -> None:
    """Record that somebody has looked at a loop's words, so that everybody sees them."""
    loop.moderated_at, loop.left_to_others_at, loop.texts_hidden_at = at, None, None
    meet_clock(loop, "look", at)


def meet_clock(loop: Loop, kind: ClockKind, at: datetime) -> None:
    """Stop the running clocks of this kind: somebody has done what they were for."""
    for clock in loop.clocks:
        if clock.kind == kind and clock.met_at is None:
            clock.met_at = at


def span_of_clock(kind: ClockKind, at: datetime, due_on: date | None = None) -> Span:
    """The span of a clock that starts at an instant."""
    limit, started_on = LIMITS[kind], day_in_england(at)
    ends_on = due_on or limit.due_on(started_on)
    warned_on = max(add_working_days(ends_on, -limit.warned_before), started_on)
    return Span(at, end_of(ends_on), beginning_of(warned_on))


def is_switched_off(kind: ClockKind, linked: Sequence[FeedbackCopy | None]) -> bool:
    """Whether a clock does not run for this feedback; feedback that has not arrived here lets it run."""
    kinds = {each.kind if each else "" for each in linked}
    return bool(kinds) and all(kind in SWITCHED_OFF.get(each, ()) for each in kinds)


def draft_opens_after(drafted_at: datetime) -> datetime:
    """The moment after which a rule opens a draft."""
    return end_of(add_working_days(day_in_england(drafted_at), DRAFT_WORKING_DAYS))
