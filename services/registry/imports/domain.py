"""The import: everything that the registry ships with, loaded in one transaction, twice without effect."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.areas import (
    UNSTAGE,
    load_postcodes,
    load_shares,
    load_small_areas,
    tell_caches,
)
from services.registry.imports.body_areas import place_bodies
from services.registry.imports.clusters import add_clusters
from services.registry.imports.doors import add_doors
from services.registry.imports.facts import Catalogue
from services.registry.imports.footprints import add_footprints
from services.registry.imports.organisations import add_organisations
from services.registry.imports.store import store
from services.registry.imports.successions import add_successions

# What is going on, and how much of it is done (0 to 1).
Report = Callable[[str, float], None]


@dataclass
class Summary:
    """What an import found new, changed and unchanged, and what it could not use."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    rejected: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_without_effect(self) -> bool:
        """Whether nothing was new or changed."""
        return not any(count["new"] or count["changed"] for count in self.counts.values())


def gather(folder: Path) -> Catalogue:
    """Return all bodies that the files know."""
    catalogue = Catalogue()
    add_footprints(folder, catalogue)
    add_successions(folder, catalogue)
    add_organisations(folder, catalogue)
    add_doors(folder, catalogue)
    add_clusters(folder, catalogue)
    return catalogue


async def load(session: AsyncSession, folder: Path, report: Report) -> Summary:
    """Load bodies, small areas and postcodes; one import at a time."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('registry import'))"))
    summary = Summary()
    report("bodies", 0)
    catalogue = gather(folder)
    report("bodies", 0.3)
    summary.counts["bodies"] = await store(session, catalogue)
    summary.counts["bodies"]["rejected"] = len(catalogue.rejected)
    summary.rejected = catalogue.rejected
    report("bodies", 1)
    summary.counts["small areas"] = await load_small_areas(
        session, folder, lambda s: report("small areas", s)
    )
    report("small areas", 1)
    summary.counts["area shares"] = await load_shares(
        session, folder, catalogue, lambda s: report("area shares", s)
    )
    report("area shares", 1)
    summary.counts["places of bodies"] = await place_bodies(session)
    summary.counts["postcodes"] = await load_postcodes(session, folder, lambda s: report("postcodes", s))
    await session.execute(text(UNSTAGE))
    await tell_caches(session, (counts for part, counts in summary.counts.items() if part != "bodies"))
    report("postcodes", 1)
    return summary
