"""What the files say, compared as sets with what the registry says: what is new, changed and gone.

What is said again stays as it is. A steward's word is never overwritten: a file that differs is listed.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.facts import BodyFacts
from services.registry.imports.history import follow_registers
from services.registry.imports.sets import stage_table
from services.registry.imports.staging import stage_claims

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
# A register that leaves something blank says nothing of it.
DIFFER = {
    "said_anew": """
        SELECT * FROM claim c WHERE NOT is_dropped AND NOT EXISTS (SELECT FROM known k
            WHERE k.said_by = 'import' AND (k.body_id, k.fact, k.same) = (c.body_id, c.fact, c.same))""",
    "no_longer_said": """
        SELECT k.* FROM known k JOIN body_read r ON r.id = k.body_id
        WHERE k.said_by = 'import' AND k.fact <> 'contact'
            AND (k.file <> :unknown OR :is_whole AND NOT r.is_older OR k.fact = ANY(:own))
            AND NOT EXISTS (SELECT FROM claim c WHERE NOT c.is_dropped
                AND (c.body_id, c.fact, c.same) = (k.body_id, k.fact, k.same))
            AND (NOT k.is_observed OR EXISTS (SELECT FROM claim c WHERE NOT c.is_dropped
                AND (c.body_id, c.fact, c.slot, c.family) = (k.body_id, k.fact, k.slot, k.family)))""",
}
# A contact that is published again is seen on a later day, also after it had ended.
SEEN_AGAIN = """
    SELECT DISTINCT ON (d.id) d.id, k.body_id, k.says, (c.says->>'known_on')::date AS known_on,
        c.says->>'source' AS source, NULL::date AS ended_on, d.ended_on IS NOT NULL AS is_public
    FROM known k JOIN claim c USING (body_id, fact, same) JOIN contact d ON d.id = k.id::uuid
    WHERE k.said_by = 'import' AND fact = 'contact' AND CASE WHEN d.ended_on IS NULL
        THEN (c.says->>'known_on')::date > d.known_on
            OR (c.says->>'known_on')::date = d.known_on AND c.says->>'source' <> d.source
        ELSE (c.says->>'known_on')::date > d.ended_on END
    ORDER BY d.id, known_on DESC"""
# One that is no longer published ended when others were; without others, the file has put itself right.
LET_CONTACTS_GO = """
    WITH latest AS (
        SELECT body_id, slot, says->'purpose' AS purpose, max((says->>'known_on')::date) AS day
        FROM claim WHERE fact = 'contact' GROUP BY 1, 2, 3),
    left_out AS (
        SELECT k.*, d.known_on, d.source, l.day
        FROM known k JOIN contact d ON d.id = k.id::uuid JOIN body_read r ON r.id = k.body_id
        LEFT JOIN latest l ON (l.body_id, l.slot, l.purpose) = (k.body_id, k.slot, k.says->'purpose')
        WHERE k.said_by = 'import' AND k.fact = 'contact' AND d.ended_on IS NULL
            AND (k.file <> :unknown OR :is_whole AND NOT r.is_older)
            AND CASE WHEN l.day IS NULL THEN NOT k.is_observed ELSE l.day >= d.known_on END
            AND NOT EXISTS (SELECT FROM claim c
                WHERE (c.body_id, c.fact, c.same) = (k.body_id, k.fact, k.same))),
    ended AS (
        INSERT INTO contact_change SELECT id::uuid, body_id, says, known_on, source, day - 1, true
        FROM left_out WHERE day > known_on)
    INSERT INTO no_longer_said (id, body_id, fact, slot, says)
        SELECT id, body_id, fact, slot, says FROM left_out WHERE day IS NULL OR day = known_on"""
# The days of a body, unless a steward set them; one that was withdrawn is one again when a file knows it.
DAYS_CHANGED = """
    SELECT r.id AS body_id, d.*, d.slot <> 'withdrawn' AND (b.dated_by_hand
        OR b.file = '' AND (b.opened_on IS NOT NULL OR b.closed_on IS NOT NULL)) AS is_kept
    FROM body_read r JOIN body b USING (id), LATERAL (VALUES
        ('opened on', b.opened_on, r.opened_on), ('closed on', b.closed_on, r.closed_on),
        ('withdrawn', b.withdrawn_at::date, NULL)) d (slot, before, after)
    WHERE r.is_told AND d.before IS DISTINCT FROM d.after
        AND (b.file <> '' OR d.after IS NOT NULL OR d.slot = 'withdrawn')"""
KEEP_DAYS = """
    INSERT INTO kept
    SELECT d.body_id, NULL, d.slot, to_jsonb(coalesce(d.after::text, 'not known')), r.file, r.line
    FROM day_change d JOIN body_read r ON r.id = d.body_id WHERE d.is_kept"""
# The bodies to be written, and whether the public sees anything of it.
LIST_WRITTEN = """
    SELECT body_id, bool_or(is_public) AS is_public FROM (
        SELECT body_id, true AS is_public FROM said_anew UNION ALL
        SELECT body_id, true FROM no_longer_said UNION ALL
        SELECT body_id, true FROM day_change WHERE NOT is_kept UNION ALL
        SELECT body_id, is_public FROM contact_change UNION ALL
        SELECT k.body_id, false FROM known k JOIN claim c USING (body_id, fact, same)
            WHERE k.said_by = 'import' AND k.file = :unknown UNION ALL
        SELECT r.id, false FROM body_read r JOIN body b USING (id)
            WHERE r.is_told AND ((r.key, r.file) <> (b.key, b.file)
                OR r.is_newer AND r.known_on IS DISTINCT FROM b.known_on)) written
    JOIN body_read r ON r.id = body_id WHERE NOT r.is_new GROUP BY body_id"""


async def compare_claims(
    session: AsyncSession, bodies: Iterable[BodyFacts], ids: Mapping[str, UUID], setting: Mapping[str, object]
) -> dict[UUID, bool]:
    """Find what differs of bodies, and leave it in temporary tables.

    Returns the known bodies that must be written, and of each whether the public sees anything of it.
    """
    await stage_claims(session, bodies, ids, setting)
    for statement in (FORGET_KEPT, HOLD_TO_STEWARDS, HOLD_TO_CORRECTIONS):
        await session.execute(text(statement), setting)
    await find_differing(session, setting)
    if await follow_registers(session):
        await find_differing(session, setting)
    await stage_table(session, "contact_change", SEEN_AGAIN)
    await session.execute(text(LET_CONTACTS_GO), setting)
    await stage_table(session, "day_change", DAYS_CHANGED)
    await session.execute(text(KEEP_DAYS))
    written = await session.execute(text(LIST_WRITTEN), setting)
    return {row.body_id: row.is_public for row in written}


async def find_differing(session: AsyncSession, setting: Mapping[str, object]) -> None:
    """Stage what is said that was not, and what is no longer said."""
    for table, definition in DIFFER.items():
        await stage_table(session, table, definition, setting)
