"""Footprints: the partnerships (STP) of 2016 to 2022 and the boards (ICB) since.

A body is recognised by its ODS code: a partnership whose ONS code or boundary changed stays the same
body, and one that opened or closed is another. So the four partnerships with a new ONS code in 2017 stay
what they were, the three that merged in June 2018 closed, and each board followed a partnership.
"""

from datetime import date, timedelta
from pathlib import Path

from services.registry.imports.facts import BodyFacts, BoundaryFact, Catalogue, follow_value
from services.registry.imports.files import Origin, Row, read_rows

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
STP_FORM, ICB_FORM = "partnership without legal personality", "statutory integrated care board"
MERGED, MERGED_NAME, MERGED_ONS = "QHM", "Cumbria and North East", "E54000049"


def stp_key(ods: str) -> str:
    """The key of a partnership."""
    opened = STARTS["STP2018"] if ods == MERGED else STP_OPENED
    return f"stp/{ods}/{opened}"


def icb_key(ods: str, opened: str = "2022-07-01") -> str:
    """The key of a board; those of 2026 opened on 1 April 2026."""
    return f"icb/{ods}/{opened}"


def add_footprints(folder: Path, catalogue: Catalogue) -> None:
    """Add the partnerships, the boards and what each became."""
    editions = residents_by_edition(folder)
    for row in read_rows(folder, "footprints_2016.csv"):
        catalogue.add(partnership_of_2016(row, editions))
    catalogue.add(merged_partnership(editions))
    for row in read_rows(folder, "icb_2023.csv"):
        catalogue.add(board_of_2022(row))
    for row in read_rows(folder, "icb_2026.csv"):
        add_board_of_2026(row, catalogue)
    for body in catalogue.bodies.values():
        end_with_body(body)


# The residents (mid-2020) of each footprint of each edition with its ODS code, by edition and ONS code.
Editions = dict[tuple[str, str], tuple[str, int]]


def residents_by_edition(folder: Path) -> Editions:
    """The footprints that what became of others shows, with the sums of their parts."""
    found: Editions = {}
    for row in read_rows(folder, "footprint_succession.csv"):
        code = (row["to_scheme"], row["to_ons_code"])
        ods, residents = found.get(code, (row["to_ods_code"], 0))
        if row["from_scheme"] != "STP2016" or row["to_scheme"] == "STP2017":
            residents += row.whole("population_mid2020") or 0
        found[code] = ods, residents
    return found


def partnership_of_2016(row: Row, editions: Editions) -> BodyFacts:
    """A partnership of 2016 with its names, codes and boundaries until it closed."""
    ods = row["ods_code"]
    closed = NORTH_EAST_CLOSED if row["status_2019"].startswith("closed") else STP_CLOSED
    body = BodyFacts(stp_key(ods), "stp", STP_SOURCE, row.at, True, False, STP_OPENED, closed)
    follow_facts(body, row["name_2016"], ods, STP_FORM, STP_OPENED)
    follow_value(body.names, row["name_2017"], STARTS["STP2017"])
    if row["name_2019"]:
        follow_value(body.names, row["name_2019"], NAMES_OF_2019)
    codes = [("STP2016", row["ons_code"]), ("STP2017", row["ons_code_2017"])]
    codes += [code for code, (of, _) in editions.items() if (code[0], of) == ("STP2021", ods)]
    for edition, ons in codes:
        _, residents = editions.get((edition, ons), ("", row.whole("resident_population_mid2020")))
        add_edition(body, edition, ons, row["region_2016_name"], residents)
    return body


def merged_partnership(editions: Editions) -> BodyFacts:
    """The partnership that three others merged into in June 2018."""
    opened, at = STARTS["STP2018"], Origin("footprint_succession.csv", 1)
    body = BodyFacts(stp_key(MERGED), "stp", STP_SOURCE, at, True, False, opened, STP_CLOSED)
    follow_facts(body, MERGED_NAME, MERGED, STP_FORM, opened)
    add_edition(body, "STP2018", MERGED_ONS, "North", None)
    for (edition, ons), (ods, residents) in editions.items():
        if (edition, ods) == ("STP2021", MERGED):
            add_edition(body, "STP2021", ons, "North", residents)
    return body


def board_of_2022(row: Row) -> BodyFacts:
    """A board that opened on 1 July 2022."""
    opened, closed, ods = row.day("opened"), row.day("closed"), row["ods_code"]
    body = BodyFacts(icb_key(ods, row["opened"]), "icb", ICB_SOURCE, row.at, True, True, opened, closed)
    follow_facts(body, row["name"], ods, ICB_FORM, opened)
    for edition, column in (("ICB2022", "ons_code_2022"), ("ICB2023", "ons_code_2023")):
        add_edition(body, edition, row[column], row["nhs_region_name"], row.whole("usual_residents_2021"))
    return body


def add_board_of_2026(row: Row, catalogue: Catalogue) -> None:
    """Add the edition of 2026 to a board that stayed, or a board that opened with it."""
    opened, ods = row.day("opened"), row["ods_code"]
    new = BodyFacts(icb_key(ods, row["opened"]), "icb", ICB_SOURCE, row.at, True, True, opened, None)
    body = catalogue.add(new)
    follow_facts(body, row["name"], ods, ICB_FORM, STARTS["ICB2026"] if body.names else opened)
    add_edition(body, "ICB2026", row["ons_code"], row["nhs_region_name"], row.whole("usual_residents_2021"))


def follow_facts(body: BodyFacts, name: str, ods: str, form: str, since: date | None) -> None:
    """Let a body have a name, an ODS code and a legal form from a day on."""
    for history, value in ((body.names, name), (body.ods, ods), (body.legal_forms, form)):
        follow_value(history, value, since)


def add_edition(body: BodyFacts, edition: str, ons: str, region: str, residents: int | None) -> None:
    """Add the boundary of an edition; the one before it ends the day before."""
    start = STARTS[edition]
    follow_value(body.ons, ons, start)
    if body.boundaries:
        body.boundaries[-1].valid_to = start - timedelta(days=1)
    body.boundaries.append(BoundaryFact(edition, start, None, region, residents))


def end_with_body(body: BodyFacts) -> None:
    """Let the last of each dated fact end when the body closed."""
    for history in (body.names, body.ods, body.ons, body.legal_forms, body.boundaries):
        if history:
            history[-1].valid_to = body.closed_on


def footprint_keys(catalogue: Catalogue) -> dict[tuple[str, str], str]:
    """The key of each footprint by its edition and ONS code, and by its edition and ODS code."""
    found = {}
    for body in catalogue.everybody():
        for boundary in body.boundaries:
            held = [code for code in body.ons if (code.valid_from or date.min) <= boundary.valid_from]
            for code in (*held[-1:], *body.ods[:1]):
                found[(boundary.edition, code.value)] = body.key
    return found
