"""What a register says for a day, seen beside what it said before: what changed since changed on that day."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.facts import DAYS, Dated, Says
from services.registry.imports.sets import TextRow, copy_in, names_in
from services.registry.imports.staging import CLAIM, FOLLOWED, ClaimRow


def follow_up(
    before: Sequence[Dated],
    claims: Sequence[Dated],
    as_of: date,
    closed_on: date | None,
    *,
    is_newer: bool,
    is_whole: bool = False,
    keeps_start: bool = False,
) -> list[Dated]:
    """The history of one thing, from its history so far and what a register says for a day.

    A newer register than the one before says what changed: the value before ends on the day before. The same
    one again, corrected, says what was always so. A blank says nothing. With `is_whole`, more than one claim
    tells the whole history, with its days; with `keeps_start`, a later beginning is none that is put right.
    """
    day = min(as_of, closed_on or as_of)
    # The last that is claimed may be known to come after that day.
    now = claims[-1] if claims and (claims[-1].valid_to or date.max) >= day else None
    if not before or now is None:
        return list(before or claims)
    if is_whole and len(claims) > 1 and now.value == before[-1].value:
        # What a register only saw on its day may have been seen earlier.
        was_seen = now.valid_from == as_of and before[-1].first_day < as_of
        return [*claims[:-1], before[-1]] if was_seen else list(claims)
    if now.value == before[-1].value:
        said = {name: value for name, value in now.rest.items() if value is not None}
        rest = {**before[-1].rest, **said}
        found = [*before[:-1], replace(before[-1], valid_to=now.valid_to, rest=rest)]
    else:
        start = later_of(as_of if is_newer else before[-1].valid_from, now.valid_from)
        if closed_on and start:
            start = min(start, closed_on)
        found = [*cut_history(before, start), replace(now, valid_from=start)]
    if {each.value for each in claims} - {each.value for each in found}:
        # What it says of earlier days is new: then its word is taken for all of them.
        return list(claims)
    if not (keeps_start and claims[0].first_day > found[0].first_day):
        put_beginning_right(found, claims[0])
    return found


def put_beginning_right(history: list[Dated], claim: Dated) -> None:
    """Let a history begin when its first value is claimed to."""
    first = history[0]
    if first.value == claim.value and claim.first_day <= (first.valid_to or date.max):
        history[0] = replace(first, valid_from=claim.valid_from)


def later_of(one: date | None, other: date | None) -> date | None:
    """The later of two days, of which each may not be known."""
    return max((each for each in (one, other) if each), default=None)


def cut_history(history: Sequence[Dated], start: date | None) -> list[Dated]:
    """What is left of a history before a day."""
    if start is None:
        return []
    last = start - timedelta(days=1)
    left = [each for each in history if (each.valid_from or date.min) < start]
    return [each if (each.valid_to or date.max) <= last else replace(each, valid_to=last) for each in left]


# What registers say otherwise than before, with what they said: one row for each thing of a body.
FIND_DIFFERING = """
    WITH differing AS (
        SELECT body_id, fact, slot, family FROM said_anew WHERE is_observed
        UNION SELECT body_id, fact, slot, family FROM no_longer_said WHERE is_observed),
    claimed AS (
        SELECT body_id, fact, slot, family, jsonb_agg(says ORDER BY n) AS claims, array_agg(n) AS places,
            min(file) AS file, min(line) AS line
        FROM claim JOIN differing USING (body_id, fact, slot, family)
        WHERE is_observed AND NOT is_dropped GROUP BY 1, 2, 3, 4),
    said AS (
        SELECT body_id, fact, slot, family, bool_or(said_by = 'corrected') AS is_corrected,
            jsonb_agg(says ORDER BY says->>'valid_from' NULLS FIRST)
                FILTER (WHERE said_by = 'import') AS before
        FROM known JOIN differing USING (body_id, fact, slot, family)
        WHERE is_observed AND said_by <> 'steward' GROUP BY 1, 2, 3, 4)
    SELECT c.*, s.before, s.is_corrected, r.known_on AS as_of, r.closed_on, r.is_newer
    FROM claimed c JOIN said s USING (body_id, fact, slot, family) JOIN body_read r ON r.id = c.body_id"""


async def follow_registers(session: AsyncSession) -> bool:
    """Replace what registers claim by the histories that follow from it; returns whether there were any."""
    found = (await session.execute(text(FIND_DIFFERING))).all()
    if found:
        places = [place for row in found for place in row.places]
        await session.execute(text("DELETE FROM claim WHERE n = ANY(:places)"), {"places": places})
        rows = (each for row in found for each in follow_row(row))
        await copy_in(session, "claim", names_in(CLAIM), rows)
    return bool(found)


def follow_row(row: TextRow) -> Iterator[ClaimRow]:
    """The rows of a history that follows from what a register claims of one thing."""
    column = FOLLOWED[row.fact]
    before, claims = ([dated_of(column, says) for says in each or ()] for each in (row.before, row.claims))
    if row.is_corrected and not before:
        # A steward said otherwise until then.
        claims = [replace(each, valid_from=later_of(row.as_of, each.valid_from)) for each in claims]
    # A register names the board of its day, and not since when.
    rules = {"is_whole": row.fact == "body_name", "keeps_start": row.fact == "relation"}
    for each in follow_up(before, claims, row.as_of, row.closed_on, is_newer=row.is_newer, **rules):
        says = orjson.dumps(each.columns(column)).decode()
        yield row.places[0], row.line, None, row.body_id, row.fact, says, row.file, True, row.family


def dated_of(column: str, says: Says) -> Dated:
    """A fact as a value in time."""
    rest = {name: value for name, value in says.items() if name not in (column, *DAYS)}
    since, until = (date.fromisoformat(str(day)) if (day := says[name]) else None for name in DAYS)
    return Dated(str(says[column]), since, until, rest)
