"""Compares what the files say, as sets, with what the registry says, and writes what is new and changed.

What is said again stays as it is. A steward's word is never overwritten: a file that differs is listed.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.contacts.queries import FORGOTTEN
from services.registry.imports.facts import BodyFacts, Catalogue
from services.registry.imports.history import follow_registers
from services.registry.imports.holding import KEPT, hold_to_stewards
from services.registry.imports.known import identify_bodies
from services.registry.imports.sets import stage_table
from services.registry.imports.staging import BY_NAME, TABLES, UNKNOWN, stage_claims
from services.registry.imports.summary import Line, Summary
from services.registry.ledger.imports import record_import
from shared.clock import day_in_england

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
        ('services ended on', b.services_ended_on, coalesce(r.services_ended_on, b.services_ended_on)),
        ('withdrawn', timezone('Europe/London', b.withdrawn_at)::date, NULL)) d (slot, before, after)
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
                OR r.named_on IS DISTINCT FROM b.named_on
                OR r.is_newer AND r.known_on IS DISTINCT FROM b.known_on
                OR NOT b.dated_by_hand AND r.is_closing_day_known <> b.is_closing_day_known)) written
    JOIN body_read r ON r.id = body_id WHERE NOT r.is_new GROUP BY body_id"""


# What was kept by hand in the order of the files, then what changed, before and after.
LIST = """
    WITH differing AS (
        SELECT body_id, fact, slot, says AS before, NULL::jsonb AS after FROM no_longer_said UNION ALL
        SELECT body_id, fact, slot, NULL, says FROM said_anew JOIN body_read r ON r.id = body_id
        WHERE NOT r.is_new)
    SELECT 'kept by hand' AS what, body_id, fact, slot, file, line, since, NULL AS before,
        jsonb_build_array(says) AS after FROM kept
    UNION ALL SELECT 'changed', body_id, fact, slot, NULL, NULL, NULL, jsonb_agg(before), jsonb_agg(after)
        FROM differing GROUP BY body_id, fact, slot, CASE fact WHEN 'contact' THEN coalesce(before, after) END
    UNION ALL SELECT 'changed', body_id, 'contact', says->>'channel', NULL, NULL, NULL,
        CASE WHEN ended_on IS NOT NULL THEN jsonb_build_array(says) END,
        jsonb_build_array(coalesce('ended on ' || ended_on, says->>'value' || ', in use again'))
        FROM contact_change WHERE is_public
    UNION ALL SELECT 'changed', body_id, NULL, slot, NULL, NULL, NULL, jsonb_build_array(before),
        jsonb_build_array(after) FROM day_change WHERE NOT is_kept
    ORDER BY file, line"""
ADD_BODIES = """
    INSERT INTO body (id, version, key, kind, is_footprint, is_organisation, opened_on, closed_on,
        is_closing_day_known, services_ended_on, demonstration, source, file, named_on, known_on,
        dated_by_hand)
    SELECT id, 0, key, kind, is_footprint, is_organisation, opened_on, closed_on,
        is_closing_day_known, services_ended_on, false, source, file, named_on, known_on, false
    FROM body_read WHERE is_new"""
CHANGE_BODIES = """
    UPDATE body b SET key = r.key, file = r.file, source = r.source, withdrawn_at = NULL,
        named_on = r.named_on,
        known_on = CASE WHEN r.is_newer THEN r.known_on ELSE b.known_on END,
        opened_on = CASE WHEN opened.body_id IS NULL THEN b.opened_on ELSE opened.after END,
        closed_on = CASE WHEN closed.body_id IS NULL THEN b.closed_on ELSE closed.after END,
        is_closing_day_known = CASE WHEN b.dated_by_hand THEN b.is_closing_day_known
            ELSE r.is_closing_day_known END,
        services_ended_on = CASE WHEN b.dated_by_hand THEN b.services_ended_on
            ELSE coalesce(r.services_ended_on, b.services_ended_on) END
    FROM body_read r
    LEFT JOIN day_change opened ON opened.body_id = r.id AND opened.slot = 'opened on' AND NOT opened.is_kept
    LEFT JOIN day_change closed ON closed.body_id = r.id AND closed.slot = 'closed on' AND NOT closed.is_kept
    WHERE b.id = r.id AND r.is_told AND b.id = ANY(:ids)"""
LOCK = "SELECT id FROM body WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE"


@dataclass(slots=True)
class Recorded:
    """The bodies that are new and those that the public sees changed: they are published last of all."""

    new: list[UUID] = field(default_factory=list)
    changed: list[UUID] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    # Whether anything was written that no event tells.
    is_quiet_write: bool = False


async def record_claims(
    session: AsyncSession,
    catalogue: Catalogue,
    registered: dict[str, BodyFacts],
    files: Collection[str],
    summary: Summary,
    *,
    is_whole: bool,
) -> Recorded:
    """Write what is new and what changed, and count it; what is said already stays untouched."""
    ids = identify_bodies(registered, catalogue)
    bodies = {body.id: body for body in catalogue.bodies.values()}
    setting = {
        "files": list(files),
        "is_whole": is_whole,
        "unknown": UNKNOWN,
        "forgotten": FORGOTTEN,
        "own": [table.name for table in TABLES if table.is_own],
    }
    await stage_table(session, "kept", KEPT)
    written = await compare_claims(session, bodies.values(), ids, setting)
    if written:
        await session.execute(text(LOCK), {"ids": list(written)})
        again = [body for body in bodies.values() if body.before is None or body.id in written]
        written = await compare_claims(session, again, ids, setting)
    await session.execute(text(ADD_BODIES))
    await session.execute(text(CHANGE_BODIES), {"ids": list(written)})
    await record_import(session, TABLES, UNKNOWN, is_new_only=not written)
    recorded = Recorded(
        [body.id for body in bodies.values() if body.before is None],
        [body.id for body in bodies.values() if body.before and written.get(body.id)],
        set(await session.scalars(text("SELECT DISTINCT file FROM said_anew"))),
        is_quiet_write=not all(written.values()),
    )
    recorded.files.update(bodies[each].at.file for each in (*recorded.new, *recorded.changed))
    await list_differing(session, summary, bodies, ids)
    summary.rejected += catalogue.rejected
    count_bodies(summary, catalogue, recorded, again=len(written) - len(recorded.changed))
    return recorded


async def compare_claims(
    session: AsyncSession, bodies: Iterable[BodyFacts], ids: Mapping[str, UUID], setting: Mapping[str, object]
) -> dict[UUID, bool]:
    """Find what differs of bodies, and leave it in temporary tables.

    Returns the known bodies that must be written, and of each whether the public sees anything of it.
    """
    await stage_claims(session, bodies, ids, setting)
    await hold_to_stewards(session, setting)
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


async def list_differing(
    session: AsyncSession, summary: Summary, bodies: Mapping[UUID, BodyFacts], ids: Mapping[str, UUID]
) -> None:
    """List what was kept by hand and what changed, in words."""
    keys = {str(body_id): key for key, body_id in ids.items()}
    places = {body_id: place for place, body_id in enumerate(bodies)}
    rows = (await session.execute(text(LIST))).all()
    for row in sorted(rows, key=lambda row: places[row.body_id] if row.what == "changed" else -1):
        before, after = (
            "; ".join(words_of(row.fact, each, keys) for each in says or () if each is not None)
            for says in (row.before, row.after)
        )
        about = (row.what, row.file, row.line, bodies[row.body_id].title, row.slot)
        if row.what == "changed":
            summary.changed.append(Line(*about, before, after))
        else:
            reason = "corrected by a steward" + (f" on {day_in_england(row.since)}" if row.since else "")
            summary.kept.append(Line(*about, after=after, reason=reason))


def words_of(fact: str | None, says: object, keys: Mapping[str, str]) -> str:
    """A fact in words, with the days between which it holds where it has some."""
    if fact is None or not isinstance(says, dict):
        return str(says)
    found = (says[name] for name in BY_NAME[fact].words if says[name] is not None)
    words = ", ".join(keys.get(str(each), str(each)) for each in found)
    since, until = says.get("valid_from"), says.get("valid_to")
    return words + (f" from {since}" if since else "") + (f" to {until}" if until else "")


def count_bodies(summary: Summary, catalogue: Catalogue, recorded: Recorded, *, again: int) -> None:
    """Count the bodies that the files say something of; `again` were seen again without a change."""
    bodies, new, changed = catalogue.bodies.values(), len(recorded.new), len(recorded.changed)
    summary.counts["bodies"] = Counter(
        {
            "new": new,
            "changed": changed,
            "unchanged": sum(not body.is_known or bool(body.claims) for body in bodies) - new - changed,
            "rejected": len(catalogue.rejected),
            "kept by hand": len(summary.kept),
        }
    )
    if older := sum(body.is_older for body in bodies):
        summary.notes.append(f"{older:,} rows were left out: the registry has newer ones.")
    if again:
        summary.notes.append(f"{again:,} bodies were seen again without a change.")
