"""Counts as an answer shows them: every value of a table in every period, exact or as it was closed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.counts import queries
from services.feedback.counts.adding import RECEIVED, By, Voice, keys_of
from services.feedback.counts.periods import Period, begin_of, month_after, months_of, name_of, next_month
from services.feedback.counts.queries import Asked, Found
from services.feedback.counts.schemas import CountView
from services.feedback.items.queries import own_bodies
from services.feedback.operators import is_operator
from shared.auth import Caller
from shared.clock import today
from shared.errors import invalid

MONTHS_MAX = 60
USUAL_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Table:
    """One of the fixed tables, in fixed periods, from the first month to the last."""

    by: By
    voice: Voice
    each: Period
    first: date
    last: date

    @property
    def patterns(self) -> list[str]:
        """What the names of its cells are like; a total is the sum of the kinds."""
        names = {self.by, "kind"} if self.by == "step" else {"kind" if self.by == "month" else self.by}
        return [f"{self.voice}/{name}/%" for name in names]


def table_of(by: By, voice: Voice, each: Period, since: str | None, until: str | None) -> Table:
    """The table with whole periods around the months that are asked for; the last year if none are."""
    last = date.fromisoformat(f"{until}-01") if until else today().replace(day=1)
    first = date.fromisoformat(f"{since}-01") if since else month_after(last, 1 - USUAL_MONTHS)
    if first > last:
        raise invalid("/query/from", "Give a first month that is not after the last.")
    if month_after(first, MONTHS_MAX) <= last:
        raise invalid("/query/from", f"Ask for at most {MONTHS_MAX} months at a time.")
    first, last = begin_of(each, first), months_of(each, begin_of(each, last))[-1]
    return Table(by, voice, each, first, last)


def sees_all(caller: Caller, bodies: Sequence[UUID]) -> bool:
    """Whether the caller reads the feedback about these bodies, and so may count it."""
    is_own = {*bodies} <= {*own_bodies(caller)} or is_operator(caller)
    return is_own and bool(bodies) and "feedback:read" in caller.scopes


async def count_feedback(
    session: AsyncSession, table: Table, bodies: Sequence[UUID], *, exact: bool
) -> list[CountView]:
    """The counts of these bodies: exact up to this month, or public of periods that have settled."""
    asked = Asked(bodies, table.patterns, table.first, table.last)
    if exact:
        found = await queries.exact_counts(session, asked)
    else:
        found = await queries.public_counts(session, asked)
        if len(bodies) > 1:
            # Each was rounded for itself: what all hide may be more than one body's threshold.
            found = found._replace(small=dict.fromkeys(found.small))
    return list(views_of(table, found, exact=exact))


def views_of(table: Table, found: Found, *, exact: bool) -> Iterator[CountView]:
    """Every value of the table in every period of which all months can be shown."""
    keys = keys_of(table.by, table.voice)
    first = table.first
    while first <= table.last:
        months = months_of(table.each, first)
        is_shown = first <= today() if exact else found.small.keys() >= {*months}
        if is_shown:
            yield from views_of_period(table, found, months, keys, exact=exact)
        first = next_month(months[-1])


def views_of_period(
    table: Table, found: Found, months: Sequence[date], keys: Sequence[str], *, exact: bool
) -> Iterator[CountView]:
    """Every value of the table in one period."""
    name = name_of(table.each, months[0])
    kinds = keys_of("kind", table.voice)
    whole = sum_of(found, months, [f"{table.voice}/kind/{kind}" for kind in kinds])
    if table.by == "month":
        yield view_of(name, None, whole, words_within(whole, exact=exact), exact=exact)
        return
    is_part = table.by in {"kind", "method"}
    for key in keys:
        n = whole if key == RECEIVED else sum_of(found, months, [f"{table.voice}/{table.by}/{key}"])
        small = found.small.get(months[0])
        if is_part and len(months) == 1 and not exact and not n and small:
            yield view_of(name, key, n, f"fewer than {small}", exact=exact)
        else:
            yield view_of(name, key, n, words_within(n, exact=exact), exact=exact)


def sum_of(found: Found, months: Sequence[date], cells: Sequence[str]) -> int:
    """What is shown of these cells in these months together."""
    return sum(found.counts.get((month, cell), 0) for month in months for cell in cells)


def words_within(n: int, *, exact: bool) -> str:
    """A count in words; of nothing that is shown it cannot be said how many there are."""
    return str(n) if exact else f"at least {n}" if n else "held back"


def view_of(period: str, key: str | None, n: int, shown: str, *, exact: bool) -> CountView:
    """One count."""
    return CountView(period=period, key=key, n=n if exact else None, at_least=n, shown=shown)
