"""Reading figures: the sums that are kept, and what has changed since they were."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Self

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.measures.scope import Scope
from services.loop.sums.adding import Cells
from services.loop.sums.changing import EVER, Key, Recount, count_again
from services.loop.sums.facts import IDS
from services.loop.sums.models import LoopCounted, LoopSum
from services.loop.sums.pending import IS_PENDING, find_pending
from services.loop.sums.periods import DAY, Months, Stretch, whole_months, whole_quarters
from services.loop.sums.scopes import scopes_of

OTHERS = (
    select(LoopSum.cells["loops"].as_integer())
    .where(LoopSum.whose == bindparam("others"), LoopSum.counted == "opened", LoopSum.since == EVER)
    .scalar_subquery()
)
HEAD = select(IS_PENDING.label("is_pending"), func.coalesce(OTHERS, 0).label("others")).subquery()
BY_OPENING, BY_CLOSING = LoopSum.counted == "opened", LoopSum.counted == "closed"
IS_ASKED_FOR = or_(
    BY_OPENING & LoopSum.since.between(bindparam("opened_from"), bindparam("opened_to")),
    BY_CLOSING & LoopSum.since.between(bindparam("closed_from"), bindparam("closed_to")),
    BY_CLOSING & (LoopSum.since == bindparam("closed_first")),
)
SUMS = select(HEAD, LoopSum.counted, LoopSum.since, LoopSum.cells).select_from(
    HEAD.outerjoin(LoopSum, and_(LoopSum.whose == bindparam("whose"), IS_ASKED_FOR))
)
OF_DAYS = select(LoopCounted.cells).where(
    LoopCounted.whose.like(bindparam("whose")),
    LoopCounted.opened_on.between(bindparam("since"), bindparam("until")),
    ~(LoopCounted.loop_id == IDS),
)


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a measure: by opening as whole months and the days around them, by closing as quarters."""

    months: Months
    quarters_from: date
    quarters_to: date
    # The sum of all quarters less those that have not ended: so many sums are not read.
    is_rest: bool

    @classmethod
    def of(cls, since: date | None, until: date | None) -> Self:
        """The days from one to another, as far as they are given."""
        quarters = whole_quarters(since, until)
        is_rest = quarters.since is None
        last = None if until == date.max else until
        months = Months(EVER, EVER, ())
        if since or last:
            months = whole_months(since or EVER, last or date.max)
            months = months._replace(first=max(months.first, EVER + DAY))
        after = quarters.until + DAY
        first = after if quarters.since is None else max(quarters.since, EVER + DAY)
        return cls(months, first, date.max if is_rest else quarters.until, is_rest)

    @property
    def values(self) -> dict[str, object]:
        """The values that a statement takes."""
        return {
            "opened_from": self.months.first,
            "opened_to": self.months.last,
            "closed_from": self.quarters_from,
            "closed_to": self.quarters_to,
            "closed_first": EVER if self.is_rest else self.quarters_from,
        }

    def sign(self, key: Key) -> int:
        """Whether a sum is to be added (1), taken away (-1) or left out (0)."""
        if key.counted == "opened":
            return int(self.months.first <= key.since <= self.months.last)
        if self.is_rest and key.since == EVER:
            return 1
        is_within = self.quarters_from <= key.since <= self.quarters_to
        return -is_within if self.is_rest else int(is_within)


class Figures:
    """Figures of the loops that count, and how many public loops are demonstrations where these are real."""

    def __init__(self, others: int) -> None:
        self.opened, self.people, self.others = Cells(), Cells(), others

    def add(self, key: Key, cells: Mapping[str, int], sign: int) -> None:
        """Add a sum to the figures, or take it away."""
        found = self.opened if key.counted == "opened" else self.people
        if sign > 0:
            found.update(cells)
        elif sign < 0:
            found.subtract(cells)

    @cached_property
    def by_name(self) -> Mapping[str, Counter[str]]:
        """What is counted by opening: by its name, and by the value of which it is true."""
        found: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for cell, count in self.opened.items():
            name, _, value = cell.partition(".")
            if count:
                found[name][value] = count
        return found


async def read_figures(
    session: AsyncSession, scope: Scope, at: datetime, since: date | None = None, until: date | None = None
) -> Figures:
    """The figures of a scope as they are at an instant, by the days on which loops were opened.

    Those about people are of whole quarters, by the days on which loops closed. What the worker has not yet
    folded into the sums is counted here; the session must see one state of the database.
    """
    span, whose, others = Span.of(since, until), scope.whose.words, scope.others.words
    rows = (await session.execute(SUMS, {**span.values, "at": at, "whose": whose, "others": others})).all()
    is_pending, count_of_others = rows[0][:2]
    figures, recount = Figures(count_of_others), None
    for _, _, counted, day, cells in rows:
        if counted:
            key = Key(whose, counted, day)
            figures.add(key, cells, span.sign(key))
    if is_pending:
        pending = await find_pending(session, at, scope.whose.pattern_of_any)
        recount = await count_again(session, pending, at)
        for key, cells in recount.changes.items():
            if key.whose == whose:
                figures.add(key, cells, span.sign(key))
        figures.others += recount.changes[Key(others, "opened", EVER)]["loops"]
    for days in span.months.around:
        await add_days(session, figures, scope, days, recount)
    return figures


async def add_days(
    session: AsyncSession, figures: Figures, scope: Scope, days: Stretch, recount: Recount | None
) -> None:
    """Add the loops that were opened on some days, those that are counted again as they are now."""
    given = {"whose": scope.whose.pattern, "since": days.first, "until": days.last}
    again = recount.after.values() if recount else ()
    ids = list(recount.ids) if recount else []
    for cells in await session.scalars(OF_DAYS, {**given, "ids": ids}):
        figures.opened.update(cells)
    for each in again:
        is_theirs = scope.whose.words in scopes_of(each.whose).values()
        if is_theirs and each.opened_on and days.first <= each.opened_on <= days.last:
            figures.opened.update(each.cells)
