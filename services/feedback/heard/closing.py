"""Making it public who was heard in a quarter, once its three months are: rounded, and never changed again.

Only the worker's role for contributors may count what people said of themselves, and only of many together.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.codes import ReplyKeys
from services.feedback.counts.folding import ALONE
from services.feedback.heard.levelling import level_tables
from services.feedback.heard.models import HeardCount, HeardQuarter
from shared.clock import now
from shared.disclosure import Rounding

TOGETHER = 5000
# The quarters whose months are all closed, and by which step these were rounded.
TO_CLOSE = text("""
    SELECT date_trunc('quarter', month)::date AS quarter, max(small) AS small, max(step) AS step
    FROM closed_month GROUP BY 1
    HAVING count(*) = 3 AND date_trunc('quarter', month)::date NOT IN (SELECT quarter FROM heard_quarter)
    ORDER BY 1 LIMIT 1
""")
# People, not staff, and no demonstration; with how many of them their footprint shows in public.
SAID = text("""
    SELECT footprint_id, array_agg(id) AS ids, (
        SELECT coalesce(sum(n), 0) FROM closed_count
        WHERE body_id = footprint_id AND cell LIKE 'people/kind/%'
        AND month >= :quarter AND month < CAST(:quarter AS date) + interval '3 months'
    ) AS whole_max
    FROM feedback JOIN piece_counted ON feedback_id = id
    WHERE date_trunc('quarter', month) = :quarter AND footprint_id = ANY (bodies) AND kind <> 'staff'
    GROUP BY footprint_id
""")
HEARD = text("SELECT question, code, n FROM demographics.count_heard(:pseudonyms)").bindparams(
    bindparam("pseudonyms", type_=ARRAY(Text))
)


async def close_next_quarter(session: AsyncSession, teller: AsyncSession, codes: ReplyKeys) -> int:
    """Make the next quarter public; return 0 if there is none.

    `teller` is a session of the role that may count demographics.
    """
    await session.execute(ALONE)
    found = (await session.execute(TO_CLOSE)).first()
    if found is None:
        return 0
    quarter, rounding = found.quarter, Rounding(found.small, found.step)
    session.add(HeardQuarter(quarter=quarter, hides=max(rounding) - 1, closed_at=now()))
    for footprint_id, ids, whole_max in (await session.execute(SAID, {"quarter": quarter})).all():
        tables = await count_heard(teller, [codes.pseudonym_of(each) for each in ids])
        shown = level_tables(tables, whole_max, rounding)
        rows = rows_of(footprint_id, quarter, shown)
        if rows:
            await session.execute(insert(HeardCount), rows)
    return 1


async def count_heard(teller: AsyncSession, pseudonyms: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many of these people said what of themselves, by question and code."""
    found: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for start in range(0, len(pseudonyms), TOGETHER):
        part = {"pseudonyms": pseudonyms[start : start + TOGETHER]}
        for question, code, n in await teller.execute(HEARD, part):
            found[question][code] += n
    return {question: dict(codes) for question, codes in found.items()}


def rows_of(footprint_id: UUID, quarter: date, shown: dict[str, dict[str, int]]) -> list[dict[str, object]]:
    """The rows of a footprint; what nothing is shown of has none."""
    where = {"footprint_id": footprint_id, "quarter": quarter}
    return [
        where | {"question": question, "code": code, "n": n}
        for question, table in shown.items()
        for code, n in table.items()
        if n
    ]
