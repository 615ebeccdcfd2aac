"""What became of each footprint: links to its neighbours in time, with the share of its residents."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from services.registry.imports.facts import BodyFacts, Catalogue
from services.registry.imports.files import Origin, read_rows
from services.registry.imports.footprints import footprint_keys

EDITIONS = ("STP2016", "STP2017", "STP2021", "ICB2022", "ICB2023")
NEIGHBOURS = set(pairwise(EDITIONS))


class Link(NamedTuple):
    """What became of a footprint; each is named by its edition and code."""

    before: tuple[str, str]
    after: tuple[str, str]
    on: date
    share: float
    source: str
    at: Origin


def add_successions(folder: Path, catalogue: Catalogue) -> None:
    """Relate each footprint to those that took it over, or that part of its area passed to."""
    keys = footprint_keys(catalogue)
    for link in [*computed_links(folder), *declared_links(folder)]:
        missing = [" ".join(end) for end in (link.before, link.after) if end not in keys]
        if missing:
            catalogue.reject(link.at, f"footprint {' or '.join(missing)} is not known")
        elif keys[link.before] != keys[link.after]:
            relate_footprints(catalogue.bodies[keys[link.before]], keys[link.after], link)


def computed_links(folder: Path) -> Iterator[Link]:
    """The links that were computed by overlap of small areas, up to 2023."""
    for row in read_rows(folder, "footprint_succession.csv"):
        if (row["from_scheme"], row["to_scheme"]) in NEIGHBOURS:
            before = (row["from_scheme"], row["from_ons_code"])
            after = (row["to_scheme"], row["to_ons_code"])
            on = row.day("effective_date") or date.min
            yield Link(before, after, on, row.share("share_of_from"), row["basis"], row.at)


def declared_links(folder: Path) -> Iterator[Link]:
    """The links of 1 April 2026, with the shares that were declared for them."""
    for row in read_rows(folder, "icb_succession_2026.csv"):
        before, after = ("ICB2023", row["predecessor_ods"]), ("ICB2026", row["successor_ods"])
        on, share = row.day("succession_date"), row.share("share_of_predecessor_residents_2021")
        yield Link(before, after, on or date.min, share, row["source"], row.at)


def relate_footprints(before: BodyFacts, after: str, link: Link) -> None:
    """Add one link: a footprint that stays open passed part of its area."""
    if before.closed_on and before.closed_on < link.on:
        # The edition may be later than the day on which the body closed.
        kind, since = "succeeded_by", before.closed_on + timedelta(days=1)
    else:
        kind, since = "area_passed_to", link.on
    before.relate(after, kind, (since, None), link.source, link.at, share=link.share)
