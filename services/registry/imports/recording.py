"""Writes what an import found: new bodies, and the facts that changed of those that are locked, in sets."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.contacts.queries import FORGOTTEN
from services.registry.imports.comparing import compare_claims
from services.registry.imports.facts import BodyFacts, Catalogue
from services.registry.imports.known import identify_bodies
from services.registry.imports.sets import stage_table
from services.registry.imports.staging import BY_NAME, TABLES, UNKNOWN
from services.registry.imports.summary import Line, Summary
from services.registry.ledger.imports import record_import

KEPT = "body_id uuid, fact text, slot text, says jsonb, file text, line integer, since timestamptz"
LIST_KEPT = "SELECT * FROM kept ORDER BY file, line"
LIST_CHANGED = """
    SELECT body_id, fact, slot, jsonb_agg(says) FILTER (WHERE is_gone) AS before,
        jsonb_agg(says) FILTER (WHERE NOT is_gone) AS after FROM (
            SELECT body_id, fact, slot, says, true AS is_gone FROM no_longer_said UNION ALL
            SELECT body_id, fact, slot, says, false FROM said_anew JOIN body_read r ON r.id = body_id
            WHERE NOT r.is_new) differing
        GROUP BY body_id, fact, slot, CASE fact WHEN 'contact' THEN says END
    UNION ALL SELECT body_id, 'contact', says->>'channel',
        CASE WHEN ended_on IS NOT NULL THEN jsonb_build_array(says) END,
        jsonb_build_array(coalesce('ended on ' || ended_on, says->>'value' || ', in use again'))
        FROM contact_change WHERE is_public
    UNION ALL SELECT body_id, NULL, slot, jsonb_build_array(before), jsonb_build_array(after)
        FROM day_change WHERE NOT is_kept"""
ADD_BODIES = """
    INSERT INTO body (id, version, key, kind, is_footprint, is_organisation, opened_on, closed_on,
        demonstration, source, file, known_on, dated_by_hand)
    SELECT id, 0, key, kind, is_footprint, is_organisation, opened_on, closed_on, false, source, file,
        known_on, false FROM body_read WHERE is_new"""
CHANGE_BODIES = """
    UPDATE body b SET key = r.key, file = r.file, withdrawn_at = NULL,
        known_on = CASE WHEN r.is_newer THEN r.known_on ELSE b.known_on END,
        opened_on = CASE WHEN opened.body_id IS NULL THEN b.opened_on ELSE opened.after END,
        closed_on = CASE WHEN closed.body_id IS NULL THEN b.closed_on ELSE closed.after END
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
    await summarise(session, summary, bodies, ids)
    recorded = Recorded(
        [body.id for body in bodies.values() if body.before is None],
        [body.id for body in bodies.values() if body.before and written.get(body.id)],
        set(await session.scalars(text("SELECT DISTINCT file FROM said_anew"))),
        is_quiet_write=not all(written.values()),
    )
    recorded.files.update(bodies[each].at.file for each in (*recorded.new, *recorded.changed))
    count_bodies(summary, bodies.values(), recorded, again=len(written) - len(recorded.changed))
    summary.counts["bodies"]["rejected"] = len(catalogue.rejected)
    summary.rejected += catalogue.rejected
    return recorded


async def summarise(
    session: AsyncSession, summary: Summary, bodies: Mapping[UUID, BodyFacts], ids: Mapping[str, UUID]
) -> None:
    """List what was kept by hand and what changed, in words."""
    keys = {str(body_id): key for key, body_id in ids.items()}
    for row in await session.execute(text(LIST_KEPT)):
        reason = "corrected by a steward" + (f" on {row.since.date()}" if row.since else "")
        says = words_of(row.fact, row.says, keys)
        about = (row.file, row.line, bodies[row.body_id].title, row.slot)
        summary.kept.append(Line("kept by hand", *about, after=says, reason=reason))
    places = {body_id: place for place, body_id in enumerate(bodies)}
    changed = (await session.execute(text(LIST_CHANGED))).all()
    for row in sorted(changed, key=lambda row: places[row.body_id]):
        before, after = (
            "; ".join(words_of(row.fact, each, keys) for each in says or () if each is not None)
            for says in (row.before, row.after)
        )
        title = bodies[row.body_id].title
        summary.changed.append(Line("changed", body=title, fact=row.slot, before=before, after=after))


def words_of(fact: str | None, says: object, keys: Mapping[str, str]) -> str:
    """A fact in words, with the days between which it holds where it has some."""
    if fact is None or not isinstance(says, dict):
        return str(says)
    found = (says[name] for name in BY_NAME[fact].words if says[name] is not None)
    words = ", ".join(keys.get(str(each), str(each)) for each in found)
    since, until = says.get("valid_from"), says.get("valid_to")
    return words + (f" from {since}" if since else "") + (f" to {until}" if until else "")


def count_bodies(summary: Summary, bodies: Iterable[BodyFacts], recorded: Recorded, *, again: int) -> None:
    """Count the bodies that the files say something of; `again` were seen again without a change."""
    new, changed = len(recorded.new), len(recorded.changed)
    told = sum(not body.is_known or bool(body.files) for body in bodies)
    kept, unchanged = len(summary.kept), told - new - changed
    counts = {"new": new, "changed": changed, "unchanged": unchanged, "kept by hand": kept}
    summary.counts["bodies"] = Counter(counts)
    if older := sum(body.is_older for body in bodies):
        summary.notes.append(f"{older:,} rows were left out: the registry has newer ones.")
    if again:
        summary.notes.append(f"{again:,} bodies were seen again without a change.")
