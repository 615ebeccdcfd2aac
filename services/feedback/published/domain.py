"""Loading published workbooks: whole, once, each file an edition of its month."""

import hashlib
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.files.workbooks import read_workbook
from services.feedback.published import queries
from services.feedback.published.fft import PublishedFile, PublishedRow, read_published
from services.feedback.published.models import PublishedEdition
from services.feedback.published.schemas import CareService
from shared.clock import now
from shared.ids import new_id

# The sheet of wards has more rows than one of feedback may have.
ROWS_MAX, UNPACKED_BYTES_MAX = 50_000, 256 * 1_048_576


@dataclass(frozen=True, slots=True)
class LoadedCounts:
    """What became of a workbook."""

    service: CareService
    month: str
    edition: int
    stored: int
    withheld: int
    unknown_codes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class KnownBodies:
    """The bodies of the codes of a file, as of its month."""

    organisations: dict[str, UUID]
    footprints: dict[str, UUID]

    def organisation_of(self, row: PublishedRow) -> UUID | None:
        """The trust or provider of a row; a board is an organisation too."""
        if row.level == "icb":
            return self.footprints.get(row.codes.get("icb", ""))
        return self.organisations.get(row.codes.get("trust", ""))


def read_counts(content: bytes) -> PublishedFile:
    """The counts of a workbook; FileFault."""
    return read_published(read_workbook(content, UNPACKED_BYTES_MAX, ROWS_MAX))


async def load_counts(session: AsyncSession, content: bytes, file: PublishedFile) -> LoadedCounts:
    """Store the counts of a workbook; the same file again replaces what it said, with the bodies of today."""
    edition = await find_edition(session, content, file)
    codes = {code for row in file.rows for code in row.codes.values()}
    known = KnownBodies(
        await queries.organisations_of_codes(session, codes, file.month),
        await queries.footprints_of_codes(session, codes, file.month),
    )
    rows = [values_of_row(row, edition, known) for row in file.rows]
    await queries.replace_counts(session, edition.id, rows)
    wanted = {row.codes[scheme] for row in file.rows for scheme in ("icb", "trust") if scheme in row.codes}
    return LoadedCounts(
        file.service,
        f"{file.month:%Y-%m}",
        edition.edition,
        len(rows),
        sum("withheld" in row.figures.values() for row in file.rows),
        sorted(wanted - known.organisations.keys() - known.footprints.keys()),
        file.faults,
    )


async def find_edition(session: AsyncSession, content: bytes, file: PublishedFile) -> PublishedEdition:
    """The edition of this very file, or the next of its month."""
    digest = hashlib.sha256(content).digest()
    editions = await queries.lock_editions(session, file.service, file.month)
    if same := next((each for each in editions if each.digest == digest), None):
        return same
    edition = PublishedEdition(
        id=new_id(),
        service=file.service,
        month=file.month,
        edition=editions[-1].edition + 1 if editions else 1,
        digest=digest,
        loaded_at=now(),
        is_current=True,
    )
    session.add(edition)
    await session.flush()
    await queries.set_current(session, edition)
    return edition


def values_of_row(row: PublishedRow, edition: PublishedEdition, known: KnownBodies) -> dict[str, Any]:
    """A row as it is stored."""
    return {
        "id": new_id(),
        "edition_id": edition.id,
        "month": edition.month,
        "level": row.level,
        "organisation_id": known.organisation_of(row),
        "footprint_id": known.footprints.get(row.codes.get("icb", "")),
        "icb_code": row.codes.get("icb"),
        "trust_code": row.codes.get("trust"),
        "site_code": row.codes.get("site"),
        "name": row.name,
        "figures": row.figures,
        "modes": row.modes,
    }
