"""Footprints: the partnerships (STP) of 2016 to 2022 and the boards (ICB) since.

A body is recognised by its ODS code: a partnership whose ONS code or boundary changed stays the same
body, and one that opened or closed is another. So the four partnerships with a new ONS code in 2017 stay
what they were, the three that merged in June 2018 closed, and each board followed a partnership.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from services.registry.imports.facts import BodyFacts, BoundaryFact, Catalogue, follow
from services.registry.imports.files import Origin, Row, rows

# Announced on 15 March 2016; boards replaced the partnerships on 1 July 2022.
STP_OPENED, STP_CLOSED = date(2016, 3, 15), date(2022, 6, 30)
NORTH_EAST_CLOSED = date(2018, 6, 7)
NAMES_OF_2019 = date(2019, 4, 3)
STARTS = {
    "STP2016": STP_OPENED,
    "STP2017": date(2017, 4, 1),
    "STP2018": NORTH_EAST_CLOSED + timedelta(days=1),
    "STP2021": date(2021, 4, 1),
    "ICB2022": date(2022, 7, 1),
    "ICB2023": date(2023, 4, 1),
    "ICB2026": date(2026, 4, 1),
}
STP_SOURCE = "NHS England footprints of March 2016; ONS STP names and codes 2017 and 2021"
ICB_SOURCE = "ONS ICB names and codes; ODS successor records 2026"
MERGED, MERGED_NAME, MERGED_ONS = "QHM", "Cumbria and North East", "E54000049"


def stp(ods: str) -> str:
    """Return the key of a partnership."""
    opened = STARTS["STP2018"] if ods == MERGED else STP_OPENED
    return f"stp/{ods}/{opened}"


def icb(ods: str, opened: str = "2022-07-01") -> str:
    """Return the key of a board; those of 2026 opened on 1 April 2026."""
    return f"icb/{ods}/{opened}"


def add_footprints(folder: Path, catalogue: Catalogue) -> None:
    """Add the partnerships, the boards and what each became."""
    editions = residents_by_edition(folder)
    for row in rows(folder, "footprints_2016.csv"):
        catalogue.add(partnership(row, editions))
    catalogue.add(merged_partnership(editions))
    for row in rows(folder, "icb_2023.csv"):
        catalogue.add(board_of_2022(row))
    for row in rows(folder, "icb_2026.csv"):
        add_board_of_2026(row, catalogue)
    for body in catalogue.bodies.values():
        end_with_body(body)


@dataclass(slots=True)
class Edition:
    """A footprint in one edition: its codes and its residents (mid-2020)."""

    ods: str
    ons: str
    residents: int = 0


Editions = dict[tuple[str, str], Edition]


def residents_by_edition(folder: Path) -> Editions:
    """Return each footprint of each edition, by edition and ONS code."""
    found: Editions = {}
    for row in rows(folder, "footprint_succession.csv"):
        code = (row["to_scheme"], row["to_ons_code"])
        seen = found.setdefault(code, Edition(row["to_ods_code"], row["to_ons_code"]))
        if row["from_scheme"] != "STP2016" or row["to_scheme"] == "STP2017":
            seen.residents += row.whole("population_mid2020") or 0
    return found


def partnership(row: Row, editions: Editions) -> BodyFacts:
    """Return a partnership of 2016 with its names, codes and boundaries until it closed."""
    ods = row["ods_code"]
    closed = NORTH_EAST_CLOSED if row["status_2019"].startswith("closed") else STP_CLOSED
    body = BodyFacts(stp(ods), "stp", STP_SOURCE, row.at, True, False, STP_OPENED, closed)
    follow(body.names, row["name_2016"], STP_OPENED)
    follow(body.names, row["name_2017"], STARTS["STP2017"])
    if row["name_2019"]:
        follow(body.names, row["name_2019"], NAMES_OF_2019)
    follow(body.ods, ods, STP_OPENED)
    follow(body.legal_forms, "partnership without legal personality", STP_OPENED)
    codes = [("STP2016", row["ons_code"]), ("STP2017", row["ons_code_2017"])]
    codes += [
        (scheme, ons) for (scheme, ons), each in editions.items() if ("STP2021", ods) == (scheme, each.ods)
    ]
    for vintage, ons in codes:
        edition = editions.get((vintage, ons))
        residents = edition.residents if edition else row.whole("resident_population_mid2020")
        add_edition(body, vintage, ons, row["region_2016_name"], residents)
    return body


def merged_partnership(editions: Editions) -> BodyFacts:
    """Return the partnership that three others merged into in June 2018."""
    opened = STARTS["STP2018"]
    at = Origin("footprint_succession.csv", 1)
    body = BodyFacts(stp(MERGED), "stp", STP_SOURCE, at, True, False, opened, STP_CLOSED)
    follow(body.names, MERGED_NAME, opened)
    follow(body.ods, MERGED, opened)
    follow(body.legal_forms, "partnership without legal personality", opened)
    add_edition(body, "STP2018", MERGED_ONS, "North", None)
    for (scheme, _), latest in editions.items():
        if (scheme, latest.ods) == ("STP2021", MERGED):
            add_edition(body, "STP2021", latest.ons, "North", latest.residents)
    return body


def board_of_2022(row: Row) -> BodyFacts:
    """Return a board that opened on 1 July 2022."""
    opened, closed = row.day("opened"), row.day("closed")
    key = icb(row["ods_code"], row["opened"])
    body = BodyFacts(key, "icb", ICB_SOURCE, row.at, True, True, opened, closed)
    follow(body.names, row["name"], opened)
    follow(body.ods, row["ods_code"], opened)
    follow(body.legal_forms, "statutory integrated care board", opened)
    for vintage, column in (("ICB2022", "ons_code_2022"), ("ICB2023", "ons_code_2023")):
        add_edition(body, vintage, row[column], row["nhs_region_name"], row.whole("usual_residents_2021"))
    return body


def add_board_of_2026(row: Row, catalogue: Catalogue) -> None:
    """Add the edition of 2026 to a board that stayed, or a board that opened with it."""
    opened = row.day("opened")
    key = icb(row["ods_code"], row["opened"])
    body = catalogue.add(BodyFacts(key, "icb", ICB_SOURCE, row.at, True, True, opened, None))
    start = STARTS["ICB2026"] if body.names else opened
    follow(body.names, row["name"], start)
    follow(body.ods, row["ods_code"], start)
    follow(body.legal_forms, "statutory integrated care board", start)
    add_edition(body, "ICB2026", row["ons_code"], row["nhs_region_name"], row.whole("usual_residents_2021"))


def add_edition(body: BodyFacts, vintage: str, ons: str, region: str, residents: int | None) -> None:
    """Add the boundary of an edition; the one before it ends the day before."""
    start = STARTS[vintage]
    follow(body.ons, ons, start)
    if body.boundaries:
        body.boundaries[-1].valid_to = start - timedelta(days=1)
    body.boundaries.append(BoundaryFact(vintage, start, None, region, residents))


def end_with_body(body: BodyFacts) -> None:
    """Let the last of each dated fact end when the body closed."""
    for history in (body.names, body.ods, body.ons, body.legal_forms, body.boundaries):
        if history:
            history[-1].valid_to = body.closed_on


def footprint_keys(catalogue: Catalogue) -> dict[tuple[str, str], str]:
    """Return the key of each footprint by its edition and ONS code, and by its edition and ODS code."""
    return dict(keys_of_editions(catalogue))


def keys_of_editions(catalogue: Catalogue) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield (edition, code) and key for each boundary of each footprint."""
    for body in catalogue.everybody():
        for edition in body.boundaries:
            held = [code for code in body.ons if (code.valid_from or date.min) <= edition.valid_from]
            for code in (held[-1:], body.ods[:1]):
                if code:
                    yield (edition.edition, code[0].value), body.key
