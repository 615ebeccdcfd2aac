"""Making the counts of a month public, once it has ended and settled: rounded, and never changed again."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.counts.folding import ALONE
from services.feedback.counts.models import ClosedCount, ClosedMonth, CountSum
from shared.clock import now, today
from shared.disclosure import Rounding

TOGETHER = 1000
# The months that have settled and are not public yet, beginning with that of the first piece's year.
TO_CLOSE = text("""
    SELECT month::date FROM generate_series(
        (SELECT date_trunc('year', min(month)) FROM count_sum), CAST(:until AS date), '1 month'
    ) AS month
    WHERE month::date NOT IN (SELECT month FROM closed_month)
    ORDER BY month LIMIT 1
""")


async def close_next_month(session: AsyncSession, rounding: Rounding, settle_days: int) -> int:
    """Make the next month public that has settled; return 0 if there is none, or changes wait to be counted.

    What is received meanwhile belongs to a later month.
    """
    settled = (today() - timedelta(days=settle_days)).replace(day=1) - timedelta(days=1)
    await session.execute(ALONE)
    waiting = await session.scalar(text("SELECT EXISTS (SELECT FROM piece_to_count)"))
    month = await session.scalar(TO_CLOSE, {"until": settled})
    if waiting or month is None:
        return 0
    bodies: defaultdict[UUID, dict[str, int]] = defaultdict(dict)
    counts = select(CountSum.body_id, CountSum.cell, CountSum.n).where(CountSum.month == month)
    for body_id, cell, n in await session.execute(counts):
        bodies[body_id][cell] = n
    session.add(ClosedMonth(month=month, small=rounding.small, step=rounding.step, closed_at=now()))
    rows = [row for body_id, cells in bodies.items() for row in closed_rows(body_id, month, cells, rounding)]
    for start in range(0, len(rows), TOGETHER):
        await session.execute(insert(ClosedCount), rows[start : start + TOGETHER])
    return 1


def closed_rows(
    body_id: UUID, month: date, cells: Mapping[str, int], rounding: Rounding
) -> list[dict[str, object]]:
    """The public counts of a body in a month; what nothing is shown of has no row."""
    shown = public_cells(cells, rounding)
    return [{"body_id": body_id, "month": month, "cell": cell, "n": n} for cell, n in shown.items() if n]


def public_cells(cells: Mapping[str, int], rounding: Rounding) -> dict[str, int]:
    """The counts of a body in a month as the public sees them: each voice has a table of its own."""
    found: dict[str, int] = {}
    for voice in {cell.partition("/")[0] for cell in cells}:
        mine = {cell: n for cell, n in cells.items() if cell.startswith(f"{voice}/")}
        kinds = {cell: n for cell, n in mine.items() if cell.startswith(f"{voice}/kind/")}
        methods = {cell: n for cell, n in mine.items() if cell.startswith(f"{voice}/method/")}
        within = {cell: n for cell, n in mine.items() if cell not in kinds and cell not in methods}
        found |= rounding.table(kinds, within) | rounding.table(methods, {})
    return found
