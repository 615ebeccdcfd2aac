"""Writes what an import found: new bodies, and the facts that changed of those that are locked, in sets."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.comparing import Comparison, Setting, compare_claims
from services.registry.imports.facts import Catalogue
from services.registry.imports.known import Registered
from services.registry.imports.staging import TABLES, UNKNOWN, BodyRead
from services.registry.imports.summary import Summary
from services.registry.ledger.imports import record_import

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
    registered: Registered,
    files: Collection[str],
    summary: Summary,
    *,
    is_whole: bool,
) -> Recorded:
    """Write what is new and what changed, and count it; what is said already stays untouched."""
    registered.adopt(catalogue)
    reads = [BodyRead(body, registered.bodies.get(key)) for key, body in catalogue.bodies.items()]
    ids = {key: body.id for key, body in registered.bodies.items()} | {
        read.body.key: read.id for read in reads
    }
    setting = Setting(files, is_whole, ids)
    found = await compare_claims(session, reads, setting)
    if found.written:
        await session.execute(text(LOCK), {"ids": list(found.written)})
        again = [read for read in reads if read.known is None or read.id in found.written]
        found = found.replaced_by(await compare_claims(session, again, setting))
    await session.execute(text(ADD_BODIES))
    await session.execute(text(CHANGE_BODIES), {"ids": list(found.written)})
    await record_import(session, TABLES, UNKNOWN, is_new_only=not found.written)
    count_bodies(summary, reads, found)
    changed = {body_id for body_id, is_public in found.written.items() if is_public}
    published = [read for read in reads if read.known is None or read.id in changed]
    sources = (await session.scalars(text("SELECT DISTINCT file FROM said_anew"))).all()
    return Recorded(
        [read.id for read in published if read.known is None],
        [read.id for read in published if read.known],
        {*sources, *(read.body.at.file for read in published)},
        is_quiet_write=len(changed) < len(found.written),
    )


def count_bodies(summary: Summary, reads: Sequence[BodyRead], found: Comparison) -> None:
    """Count the bodies that the files say something of, and list what changed and what was left alone."""
    told = [read for read in reads if not read.body.is_known or read.body.files]
    new, changed = sum(read.known is None for read in told), sum(found.written.values())
    summary.kept += [kept for _, kept in found.kept]
    summary.changed += found.changed
    summary.counts["bodies"] = Counter(
        {
            "new": new,
            "changed": changed,
            "unchanged": len(told) - new - changed,
            "kept by hand": len(found.kept),
        }
    )
    if older := sum(read.is_older for read in reads):
        summary.notes.append(f"{older:,} rows were left out: the registry has newer ones.")
    if again := len(found.written) - changed:
        summary.notes.append(f"{again:,} bodies were seen again without a change.")
