"""Boards that share their leaders, as was reported in mid-2025."""

from pathlib import Path

from services.registry.imports.facts import AppointmentFact, Catalogue
from services.registry.imports.footprints import icb
from services.registry.imports.sources import Row, day, rows

ROLE = "chair and chief executive"
# What else was reported was still being thought about: nobody shared anything yet.
AGREED = ("agreed", "approved by NHS England")


def add_clusters(folder: Path, catalogue: Catalogue) -> None:
    """Add to each board of a cluster whom it shares its leaders with, or was about to."""
    for row in rows(folder, "icb_clusters_2025.csv"):
        members = [icb(code) for code in row["member_ods_codes"].split(";")]
        for key in members:
            others = [each for each in members if each != key]
            catalogue.bodies[key].appointments.append(shared(row, others))


def shared(row: Row, others: list[str]) -> AppointmentFact:
    """Return who leads a board of a cluster: nobody is named, and what was reported is in the note."""
    known_on = day(row["reported_date"])
    if known_on is None:
        raise ValueError("a cluster was reported on a day")
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
        shared_with=others,
    )
