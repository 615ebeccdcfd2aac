"""The import: what the files say, loaded in one transaction; the same again changes nothing."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.changes.domain import Act
from services.registry.imports.addresses import place_addresses
from services.registry.imports.areas import (
    UNSTAGE,
    load_postcodes,
    load_shares,
    load_small_areas,
    tell_caches,
)
from services.registry.imports.body_areas import place_bodies
from services.registry.imports.facts import Catalogue
from services.registry.imports.known import everything_known, references
from services.registry.imports.leftovers import (
    check_postcodes,
    copying_postcodes,
    rejected_postcodes,
    rejected_shares,
)
from services.registry.imports.parts import (
    ALL_BODIES,
    AREAS,
    POSTCODES,
    files_in,
    gather,
    is_there,
    strangers_in,
)
from services.registry.imports.store import Stored, store
from services.registry.imports.summary import Summary

# What is going on, and how much of it is done (0 to 1).
Report = Callable[[str, float], None]
PATIENCE_SECONDS = 30
REASON = "It was imported."
TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('registry import'))"
# The statistics are those of before: going row by row through what was just written might never end.
IN_SETS = "SET LOCAL enable_nestloop = off"
LOCK = "SELECT pg_advisory_xact_lock(hashtext('registry import'))"


class AnotherImport(Exception):
    """Another import is at work: start this one again when it has ended."""


async def load(
    session: AsyncSession, folder: Path, report: Report, patience_seconds: float = PATIENCE_SECONDS
) -> Summary:
    """Load what the files of a folder say; what only other files say stays as it is.

    BadFile when one cannot be read, AnotherImport when another import takes too long; then nothing is stored.
    """
    await be_alone(session, report, patience_seconds)
    await session.execute(text(IN_SETS))
    files = files_in(folder)
    summary = Summary(notes=[f"{name} is not known to an import." for name in strangers_in(folder)])
    report("reading", 0)
    known = await everything_known(session)
    catalogue = gather(folder, references(known, files))
    report("reading", 1)
    await load_places(session, folder, files, summary, report)
    report("bodies", 0)
    is_whole = files >= ALL_BODIES
    stored = await store(session, catalogue, known, files, summary, is_whole=is_whole)
    summary.counts["bodies"]["rejected"] = len(catalogue.rejected)
    summary.rejected += catalogue.rejected
    report("bodies", 1)
    await load_shares_and_addresses(session, folder, files, catalogue, summary, report)
    await session.execute(text(UNSTAGE))
    await tell(session, stored, summary)
    summary.counts = {part: summary.counts[part] for part in SHOWN if part in summary.counts}
    return summary


SHOWN = ("bodies", "small areas", "area shares", "places of bodies", "postcodes")


async def be_alone(session: AsyncSession, report: Report, patience_seconds: float) -> None:
    """Hold back other imports until this one ends; wait a while for one that is at work."""
    if await session.scalar(text(TRY_LOCK)):
        return
    report("waiting for another import", 0)
    await session.execute(text(f"SET LOCAL lock_timeout = {int(patience_seconds * 1000)}"))
    try:
        await session.execute(text(LOCK))
    except DBAPIError as error:
        raise AnotherImport(str(AnotherImport.__doc__)) from error
    await session.execute(text("SET LOCAL lock_timeout = 0"))
    report("waiting for another import", 1)


async def load_places(
    session: AsyncSession, folder: Path, files: frozenset[str], summary: Summary, report: Report
) -> None:
    """Load small areas and postcodes; they need no body, so that no body is locked meanwhile."""
    if is_there(AREAS, files):
        summary.counts["small areas"] = await load_small_areas(
            session, folder, lambda share: report("small areas", share)
        )
        report("small areas", 1)
    if is_there(POSTCODES, files):
        check_postcodes(folder)
        with copying_postcodes():
            summary.counts["postcodes"] = await load_postcodes(
                session, folder, lambda share: report("postcodes", share)
            )
        if summary.counts["postcodes"]["rejected"]:
            summary.rejected += await rejected_postcodes(session)
        report("postcodes", 1)


async def load_shares_and_addresses(
    session: AsyncSession,
    folder: Path,
    files: frozenset[str],
    catalogue: Catalogue,
    summary: Summary,
    report: Report,
) -> None:
    """Load where bodies lie."""
    if is_there(AREAS, files):
        counts = await load_shares(session, folder, catalogue, lambda share: report("area shares", share))
        summary.counts["area shares"] = counts
        if counts["rejected"]:
            summary.rejected += await rejected_shares(session)
        report("area shares", 1)
        summary.counts["places of bodies"] = await place_bodies(session)
    elif "organisations.csv" in files:
        summary.counts["places of bodies"] = await place_addresses(session, folder)


async def tell(session: AsyncSession, stored: Stored, summary: Summary) -> None:
    """Tell of the bodies that are new or changed, last: whoever tells holds back all others that tell."""
    act = Act(REASON, ", ".join(sorted(stored.files)))
    await bodies.tell(session, stored.new, act, registered=True)
    await bodies.tell(session, stored.changed, act, registered=False)
    others = [counts for part, counts in summary.counts.items() if part != "bodies"]
    await tell_caches(session, [*others, Counter(changed=int(stored.quietly))])
