"""The import: what the files say, loaded in one transaction; the same again changes nothing."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.imports.areas import Loaded, load_shares, load_small_areas
from services.registry.imports.body_areas import place_addresses, place_bodies
from services.registry.imports.disputes import load_disputes
from services.registry.imports.known import find_registered
from services.registry.imports.postcodes import load_exceptions, load_outside, load_postcodes
from services.registry.imports.recording import Recorded, record_claims
from services.registry.imports.registers import load_registers, undescribed_in
from services.registry.imports.sources import (
    ALL_BODIES,
    AREAS,
    EXCEPTIONS,
    OUTSIDE,
    POSTCODES,
    files_in,
    gather_claims,
    strangers_in,
)
from services.registry.imports.summary import Summary
from services.registry.ledger.acts import Act
from services.registry.ledger.publishing import take_positions
from shared.clock import now
from shared.events.registry import FootprintRegistered

# What is going on, and how much of it is done (0 to 1).
Report = Callable[[str, float], None]
Loader = Callable[[AsyncSession, Path], Awaitable[Loaded]]
PATIENCE_SECONDS = 30
REASON = "It was imported."
TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('registry import'))"
LOCK = "SELECT pg_advisory_xact_lock(hashtext('registry import'))"
# The statistics are those of before: going row by row through what was just written might never end.
# A million rows are sorted and compared in memory.
IN_SETS = ("SET LOCAL enable_nestloop = off", "SET LOCAL work_mem = '64MB'")
SHOWN = (
    *("bodies", "small areas", "area shares", "places of bodies", "postcodes"),
    *("postcodes in another constituency", "parts outside England", "registers"),
)


class AnotherImport(Exception):
    """Another import is running. Start this one again when it has ended."""


async def load_folder(
    session: AsyncSession, folder: Path, report: Report, patience_seconds: float = PATIENCE_SECONDS
) -> Summary:
    """Load what the files of a folder say; what only other files say stays as it is.

    BadFile when one cannot be read, AnotherImport when another import takes too long; then nothing is stored.
    """
    await lock_imports(session, report, patience_seconds)
    for statement in IN_SETS:
        await session.execute(text(statement))
    summary = Summary(notes=[f"{name} is not a file that an import knows." for name in strangers_in(folder)])
    await publish_import(session, await load_files(session, folder, report, summary), summary)
    summary.counts = {part: summary.counts[part] for part in SHOWN if part in summary.counts}
    return summary


async def load_files(session: AsyncSession, folder: Path, report: Report, summary: Summary) -> Recorded:
    """Load what the files say; what they said is forgotten before the bodies are published."""
    begun, files = now(), files_in(folder)
    report("reading", 0)
    registered = await find_registered(session, files)
    catalogue = gather_claims(folder, registered)
    summary.overruled += catalogue.overruled
    report("reading", 1)

    async def load(part: str, loading: Awaitable[Loaded]) -> None:
        report(part, 0)
        summary.counts[part], rejected = await loading
        summary.rejected += rejected
        report(part, 1)

    # Small areas and postcodes need no body: no body is locked while they are loaded.
    for part, (needed, load_part) in loaders_of_places(report).items():
        if files.issuperset(needed):
            await load(part, load_part(session, folder))
    report("bodies", 0)
    is_whole = files >= ALL_BODIES
    recorded = await record_claims(session, catalogue, registered, files, summary, is_whole=is_whole)
    report("bodies", 1)
    if files.issuperset(AREAS):
        await load("area shares", load_shares(session, folder, catalogue.footprints))
        summary.counts["places of bodies"] = await place_bodies(session, is_whole=True)
    elif "organisations.csv" in files:
        summary.counts["places of bodies"] = await place_addresses(session, folder)
    summary.disputed = await load_disputes(session, catalogue, files, begun)
    await load("registers", load_registers(session, folder, begun))
    for name in undescribed_in(folder, files):
        summary.notes.append(f"{name} is not in the list of registers: its day is not known.")
    return recorded


def loaders_of_places(report: Report) -> Mapping[str, tuple[Sequence[str], Loader]]:
    """What loads places that need no body, with the files that it needs, in this order."""
    return {
        "small areas": (AREAS, load_small_areas),
        "postcodes": (POSTCODES, partial(load_postcodes, report=partial(report, "postcodes"))),
        "postcodes in another constituency": (EXCEPTIONS, load_exceptions),
        "parts outside England": (OUTSIDE, load_outside),
    }


async def lock_imports(session: AsyncSession, report: Report, patience_seconds: float) -> None:
    """Hold back other imports until this one ends; wait a while for one that is running."""
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


async def publish_import(session: AsyncSession, recorded: Recorded, summary: Summary) -> None:
    """Publish the bodies that are new or changed, last: until the commit, all others that publish wait."""
    act = Act(REASON, ", ".join(sorted(recorded.files)))
    await bodies.publish_bodies(session, recorded.new, act, FootprintRegistered)
    await bodies.publish_bodies(session, recorded.changed, act)
    others = [counts for part, counts in summary.counts.items() if part != "bodies"]
    await renew_caches(session, [*others, Counter(changed=int(recorded.is_quiet_write))])


async def renew_caches(session: AsyncSession, loaded: list[Counter[str]]) -> None:
    """Raise the revision of the registry when areas or postcodes changed; last, as others wait for it."""
    if any(counts["new"] or counts["changed"] for counts in loaded):
        await take_positions(session, 1)
