"""Boards that share their leaders, as was reported in mid-2025."""

from pathlib import Path

from services.registry.imports.facts import AppointmentFact, Catalogue, Unusable
from services.registry.imports.footprints import icb
from services.registry.imports.sources import Row, rows

ROLE = "chair and chief executive"
# What else was reported was still being thought about: nobody shared anything yet.
AGREED = ("agreed", "approved by NHS England")


def add_clusters(folder: Path, catalogue: Catalogue) -> None:
    """Add to each board of a cluster whom it shares its leaders with, or was about to."""
    for row in rows(folder, "icb_clusters_2025.csv"):
        with catalogue.using(row):
            codes = row["member_ods_codes"].split(";")
            members = [catalogue.find(icb(code), f"board {code}") for code in codes]
            for board in members:
                others = [each.key for each in members if each is not board]
                board.appointments.append(shared(row, others))


def shared(row: Row, others: list[str]) -> AppointmentFact:
    """Return who leads a board of a cluster: nobody is named, and what was reported is in the note."""
    known_on = row.day("reported_date")
    if known_on is None:
        raise Unusable("the day of the report is missing")
    return AppointmentFact(
        role=ROLE,
        status="shared" if row["status_as_reported"] in AGREED else "not_announced",
        holder=None,
        holder_role=None,
        holder_organisation=None,
        as_published=None,
        known_on=known_on,
        source=row["source"],
        note=f"cluster of {row['members']}; as reported: {row['status_as_reported']}; {row['note']}",
        at=row.at,
        shared_with=others,
    )
