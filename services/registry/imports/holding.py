"""Where a steward wrote, an import gives way: what files say otherwise is kept beside it, and listed.

The files' claims are staged beside what is known (see `staging.py`).
"""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

KEPT = "body_id uuid, fact text, slot text, says jsonb, file text, line integer, since timestamptz"
# What was compared before says nothing of bodies that are compared again.
FORGET_KEPT = "DELETE FROM kept USING body_read r WHERE r.id = body_id"
# Where a steward wrote, the steward's last word holds; a file that says otherwise is listed once.
HOLD_TO_STEWARDS = """
    WITH steward AS (
        SELECT DISTINCT ON (body_id, fact, place) body_id, fact, place, judged, since FROM known
        WHERE said_by = 'steward' ORDER BY body_id, fact, place, says->>'valid_from' DESC NULLS LAST),
    dropped AS (
        UPDATE claim c SET is_dropped = true FROM steward s
        WHERE (c.body_id, c.fact, c.place) = (s.body_id, s.fact, s.place)
        RETURNING c.*, s.since, c.judged <> s.judged AS differs),
    last AS (SELECT DISTINCT ON (body_id, fact, place) * FROM dropped ORDER BY body_id, fact, place, n DESC),
    held AS (
        DELETE FROM known k USING steward s WHERE k.said_by = 'import' AND k.fact <> 'contact'
            AND (k.body_id, k.fact, k.place) = (s.body_id, s.fact, s.place))
    INSERT INTO kept SELECT body_id, fact, slot, says, file, line, since FROM last WHERE differs"""
# What a steward corrected or withdrew no file says again. A contact that was forgotten led to one person.
HOLD_TO_CORRECTIONS = """
    WITH dropped AS (
        UPDATE claim c SET is_dropped = true FROM known k
        WHERE k.said_by = 'corrected' AND NOT c.is_dropped
            AND (k.body_id, k.fact, k.slot) = (c.body_id, c.fact, c.slot)
            AND (c.main IN (k.main, k.says, k.says->'to_id') OR c.fact = 'contact'
                AND k.says->>'value' = :forgotten AND k.says->'purpose' = c.says->'purpose')
            AND NOT (c.fact = 'contact' AND EXISTS (SELECT FROM known said WHERE said.said_by = 'import'
                AND (said.body_id, said.fact, said.same) = (c.body_id, c.fact, c.same)))
        RETURNING c.*, k.since)
    INSERT INTO kept SELECT body_id, fact, slot, says, file, line, since FROM dropped"""
# A practice or a trust has one board at a time: a file's gives way to the one that a steward named.
HOLD_TO_BOARDS = """
    WITH home AS (
        SELECT k.body_id, k.says, k.since, {days} AS days FROM known k JOIN body_read r ON r.id = k.body_id
        WHERE k.said_by = 'steward' AND k.family = 'icb' AND k.says->>'kind' = 'member_of'
            AND r.kind IN ('gp_practice', 'nhs_trust')),
    board AS (SELECT id, kind FROM body UNION SELECT id, kind FROM body_read WHERE is_new),
    dropped AS (
        UPDATE claim c SET is_dropped = true FROM home h, board
        WHERE c.body_id = h.body_id AND NOT c.is_dropped AND c.says->>'kind' = 'member_of'
            AND c.says->'to_id' <> h.says->'to_id' AND board.id::text = c.says->>'to_id'
            AND board.kind = 'icb' AND {days_claimed} && h.days
        RETURNING c.*, h.since)
    INSERT INTO kept SELECT body_id, fact, slot, says, file, line, since FROM dropped"""
PERIOD = "daterange(({0}.says->>'valid_from')::date, ({0}.says->>'valid_to')::date, '[]')"
HOLD = (
    HOLD_TO_STEWARDS,
    HOLD_TO_CORRECTIONS,
    HOLD_TO_BOARDS.format(days=PERIOD.format("k"), days_claimed=PERIOD.format("c")),
)


async def hold_to_stewards(session: AsyncSession, setting: Mapping[str, object]) -> None:
    """Drop the claims of files that a steward's word overrules, and keep those that differ."""
    for statement in (FORGET_KEPT, *HOLD):
        await session.execute(text(statement), setting)
