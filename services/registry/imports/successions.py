"""What became of each footprint: links to its neighbours in time, with the share of its residents."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from services.registry.imports.facts import Catalogue
from services.registry.imports.files import Origin, Row, rows
from services.registry.imports.footprints import footprint_keys

NEIGHBOURS = (
    ("STP2016", "STP2017"),
    ("STP2017", "STP2021"),
    ("STP2021", "ICB2022"),
    ("ICB2022", "ICB2023"),
)


def add_successions(folder: Path, catalogue: Catalogue) -> None:
    """Relate each footprint to those that took it over, or that part of its area passed to."""
    keys = footprint_keys(catalogue)
    for link in [*computed(folder), *declared(folder)]:
        missing = [f"{edition} {code}" for edition, code in link.ends if (edition, code) not in keys]
        if missing:
            catalogue.reject(link.at, f"no footprint {' or '.join(missing)} is known")
            continue
        relate(catalogue, keys[link.before], keys[link.after], link)


class Link(NamedTuple):
    """What became of a footprint, each named by its edition and code."""

    before: tuple[str, str]
    after: tuple[str, str]
    on: date
    share: float
    source: str
    at: Origin

    @property
    def ends(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """Return both footprints."""
        return self.before, self.after


def computed(folder: Path) -> Iterator[Link]:
    """Yield the links that were computed by overlap of small areas, up to 2023."""
    for row in rows(folder, "footprint_succession.csv"):
        if (row["from_scheme"], row["to_scheme"]) in NEIGHBOURS:
            yield link_of(row)


def link_of(row: Row) -> Link:
    """Return the link that a row of the computed succession holds."""
    before = (row["from_scheme"], row["from_ons_code"])
    after = (row["to_scheme"], row["to_ons_code"])
    on = row.day("effective_date") or date.min
    return Link(before, after, on, row.share("share_of_from"), row["basis"], row.at)


def declared(folder: Path) -> Iterator[Link]:
    """Yield the links of 1 April 2026, with the shares that were declared for them."""
    for row in rows(folder, "icb_succession_2026.csv"):
        before, after = ("ICB2023", row["predecessor_ods"]), ("ICB2026", row["successor_ods"])
        on, share = row.day("succession_date"), row.share("share_of_predecessor_residents_2021")
        yield Link(before, after, on or date.min, share, row["source"], row.at)


def relate(catalogue: Catalogue, before: str, after: str, link: Link) -> None:
    """Add one link; a body that stayed the same needs none, one that stays open passed part of its area."""
    if before == after:
        return
    body = catalogue.bodies[before]
    closed_by_then = body.closed_on is not None and body.closed_on < link.on
    if closed_by_then and body.closed_on:
        # The edition may be later than the day on which the body closed.
        period = body.closed_on + timedelta(days=1), None
        body.relate(after, "succeeded_by", period, link.source, link.at, share=link.share)
    else:
        body.relate(after, "area_passed_to", (link.on, None), link.source, link.at, share=link.share)
