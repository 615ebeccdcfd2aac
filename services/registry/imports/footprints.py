"""Footprints: the partnerships (STP) of 2016 to 2022, the boards (ICB) since, and what each became.

A body is recognised by its ODS code: a partnership whose ONS code or boundary changed stays the same
body, and one that opened or closed is another. So the four partnerships with a new ONS code in 2017 stay
what they were, the three that merged in June 2018 closed, and each board followed a partnership.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from services.registry.imports.facts import BodyFacts, Catalogue, Unusable, follow_value
from services.registry.imports.files import Column, Origin, Row, read_rows

FILES = (
    *("footprints_2016.csv", "icb_2023.csv", "icb_2026.csv"),
    *("footprint_succession.csv", "icb_succession_2026.csv"),
)
# Announced on 15 March 2016; boards replaced the partnerships on 1 July 2022.
STP_OPENED, STP_CLOSED = date(2016, 3, 15), date(2022, 6, 30)
NORTH_EAST_CLOSED = date(2018, 6, 7)
NAMES_OF_2019 = date(2019, 4, 3)
# An edition is named by the year of its first day.
STARTS = {
    "STP2016": STP_OPENED,
    "STP2017": date(2017, 4, 1),
    "STP2018": NORTH_EAST_CLOSED + timedelta(days=1),
    # Harrogate, East Surrey and others moved on this day. The edition of ONS of April 2021 is the same.
    "STP2020": date(2020, 4, 1),
    "ICB2022": date(2022, 7, 1),
    "ICB2023": date(2023, 4, 1),
    "ICB2026": date(2026, 4, 1),
}
BOARDS_OPENED, NEW_BOARDS = STARTS["ICB2022"], STARTS["ICB2026"]
BEFORE_NEW_BOARDS = NEW_BOARDS - timedelta(days=1)
# What became of each is computed from one edition to the next, up to 2023; of those of 2026 it was declared.
NEIGHBOURS = set(pairwise(("STP2016", "STP2017", "STP2020", "ICB2022", "ICB2023")))
# The columns of the ONS codes in each file of boards.
BOARD_CODES = {
    "icb_2023.csv": {"ICB2022": "ons_code_2022", "ICB2023": "ons_code_2023"},
    "icb_2026.csv": {"ICB2026": "ons_code"},
}
STP_SOURCE = "NHS England footprints of March 2016; ONS STP names and codes 2017 and 2020"
ICB_SOURCE = "ONS ICB names and codes; ODS successor records 2026"
STP_FORM, ICB_FORM = "partnership without legal personality", "statutory integrated care board"
MERGED, MERGED_NAME, MERGED_ONS = "QHM", "Cumbria and North East", "E54000049"
# The residents (mid-2020) of each footprint of each edition with its ODS code, by edition and ONS code.
Editions = Mapping[tuple[str, str], tuple[str, int]]


def stp_key(ods: str) -> str:
    """The key of a partnership."""
    opened = STARTS["STP2018"] if ods == MERGED else STP_OPENED
    return f"stp/{ods}/{opened}"


def icb_key(ods: str, opened: str = "2022-07-01") -> str:
    """The key of a board; those of 2026 opened on 1 April 2026."""
    return f"icb/{ods}/{opened}"


def read_footprints(folder: Path, catalogue: Catalogue) -> None:
    """Add the partnerships and the boards, then what became of each."""
    editions = residents_by_edition(folder)
    for row in read_rows(folder, "footprints_2016.csv", STP_SOURCE):
        add_partnership(catalogue, row, editions)
    add_merged_partnership(catalogue, editions)
    for name in BOARD_CODES:
        for row in read_rows(folder, name, ICB_SOURCE):
            add_board(catalogue, row)
    add_successions(folder, catalogue)


def residents_by_edition(folder: Path) -> Editions:
    """The footprints that what became of others shows, with the sums of their parts."""
    found: dict[tuple[str, str], tuple[str, int]] = {}
    for row in read_rows(folder, "footprint_succession.csv"):
        code = (row["to_scheme"], row["to_ons_code"])
        ods, residents = found.get(code, (row["to_ods_code"], 0))
        if row["from_scheme"] != "STP2016" or row["to_scheme"] == "STP2017":
            residents += row.whole("population_mid2020") or 0
        found[code] = ods, residents
    return found


def add_partnership(catalogue: Catalogue, row: Row, editions: Editions) -> None:
    """Add a partnership of 2016 with its names, codes and boundaries until it closed."""
    ods = row["ods_code"]
    closed = NORTH_EAST_CLOSED if row["status_2019"].startswith("closed") else STP_CLOSED
    body = BodyFacts(stp_key(ods), "stp", row.source, row.at, True, False, STP_OPENED, closed)
    body.change(STP_OPENED, row["name_2016"], ods=ods, form=STP_FORM)
    body.change(STARTS["STP2017"], row["name_2017"])
    body.change(NAMES_OF_2019, row["name_2019"] or row["name_2017"])
    for edition, ons in (("STP2016", row["ons_code"]), ("STP2017", row["ons_code_2017"])):
        _, residents = editions.get((edition, ons), ("", row.whole("resident_population_mid2020")))
        add_edition(body, edition, ons, row["region_2016_name"], residents)
    add_last_edition(catalogue.add(body), row["region_2016_name"], editions)


def add_merged_partnership(catalogue: Catalogue, editions: Editions) -> None:
    """Add the partnership that three others merged into in June 2018."""
    opened, at = STARTS["STP2018"], Origin("footprint_succession.csv", 1)
    body = BodyFacts(stp_key(MERGED), "stp", STP_SOURCE, at, True, False, opened, STP_CLOSED)
    body.change(opened, MERGED_NAME, ods=MERGED, form=STP_FORM)
    add_edition(body, "STP2018", MERGED_ONS, "North", None)
    add_last_edition(catalogue.add(body), "North", editions)


def add_last_edition(body: BodyFacts, region: str, editions: Editions) -> None:
    """Add the boundary of 2020 to a partnership that was there then."""
    for (edition, ons), (ods, residents) in editions.items():
        if edition == "STP2020" and ods == body.ods[0].value:
            add_edition(body, edition, ons, region, residents)


def add_board(catalogue: Catalogue, row: Row) -> None:
    """Add a board with its editions; in 2026 one that stayed got another edition, and some opened."""
    opened, ods, codes = row.day("opened"), row["ods_code"], BOARD_CODES[row.at.file]
    closed = row.day("closed") if "ICB2022" in codes else None
    new = BodyFacts(icb_key(ods, row["opened"]), "icb", row.source, row.at, True, True, opened, closed)
    body = catalogue.add(new)
    # The later file says of the board that it is still there.
    body.at = row.at
    body.change(opened if body is new else STARTS["ICB2026"], row["name"], ods=ods, form=ICB_FORM)
    for edition, column in codes.items():
        add_edition(body, edition, row[column], row["nhs_region_name"], row.whole("usual_residents_2021"))


def add_edition(body: BodyFacts, edition: str, ons: str, region: str, residents: int | None) -> None:
    """Add the boundary of an edition; the one before it ends the day before."""
    start = STARTS[edition]
    follow_value(body.ons, ons, start, body.closed_on)
    follow_value(body.boundaries, edition, start, body.closed_on, region=region, residents=residents)


def add_successions(folder: Path, catalogue: Catalogue) -> None:
    """Relate each footprint to those that took it over, or that part of its area passed to."""
    for row in read_rows(folder, "footprint_succession.csv", Column("basis")):
        before, after = row["from_scheme"], row["to_scheme"]
        if (before, after) in NEIGHBOURS:
            ends = (before, row["from_ons_code"]), (after, row["to_ons_code"])
            on, share = row.day("effective_date"), row.share("share_of_from")
            with catalogue.using(row):
                relate_footprints(catalogue, row, *ends, on, share)
    for row in read_rows(folder, "icb_succession_2026.csv", Column("source")):
        ends = ("ICB2023", row["predecessor_ods"]), ("ICB2026", row["successor_ods"])
        share = row.share("share_of_predecessor_residents_2021")
        with catalogue.using(row):
            relate_footprints(catalogue, row, *ends, row.day("succession_date"), share)


def relate_footprints(
    catalogue: Catalogue, row: Row, old: tuple[str, str], new: tuple[str, str], on: date | None, share: float
) -> None:
    """Add what became of a footprint, named by edition and code; one that stays open passed some area."""
    keys = catalogue.footprints
    if missing := [" ".join(end) for end in (old, new) if end not in keys]:
        raise Unusable(f"footprint {' or '.join(missing)} is not known")
    if keys[old] == keys[new]:
        return
    before, kind, since = catalogue.find(keys[old], "footprint"), "area_passed_to", on or date.min
    if before.closed_on and before.closed_on < since:
        # The edition may be later than the day on which the body closed.
        kind, since = "succeeded_by", before.closed_on + timedelta(days=1)
    before.relate(keys[new], kind, (since, None), row.source, row.at, share=share)
