"""The locations of boards (sub-ICB): codes, names and the board that encloses each.

Each reader takes one row of a file (see `sources.py`).
"""

from services.registry.imports.facts import TODAY, BodyFacts, Catalogue
from services.registry.imports.files import Row
from services.registry.imports.footprints import BEFORE_NEW_BOARDS, BOARDS_OPENED, NEW_BOARDS


def location_key(ods: str) -> str:
    """The key of a board's location (sub-ICB)."""
    return f"sub_icb/{ods}/{BOARDS_OPENED}"


def find_location(catalogue: Catalogue, code: str) -> BodyFacts:
    """The location of a board; Unusable when it is not known."""
    return catalogue.find(location_key(code), f"location {code}")


def read_location(catalogue: Catalogue, row: Row) -> None:
    """Add a location and the board that encloses it; one that boards split in 2026 ended with that."""
    is_split = row["split_in_2026"] == "yes"
    before = catalogue.find_board(row["icb_2023_ods"], "ICB2023")
    body = BodyFacts(location_key(row["ods_code"]), "sub_icb_location", row.source, row.at)
    body.opened_on, body.closed_on = BOARDS_OPENED, BEFORE_NEW_BOARDS if is_split else None
    body.change(BOARDS_OPENED, row["name"], ods=row["ods_code"], ons=row["ons_code"])
    catalogue.add(body)
    stays = not is_split and catalogue.footprints.get((TODAY, row["icb_2026_ods"])) == before.key
    period = BOARDS_OPENED, None if stays else BEFORE_NEW_BOARDS
    before.relate(body.key, "encloses", period, row.source, row.at)
    if not is_split and not stays:
        board = catalogue.find_board(row["icb_2026_ods"])
        board.relate(body.key, "encloses", (NEW_BOARDS, None), row.source, row.at)


def read_new_location(catalogue: Catalogue, row: Row) -> None:
    """Add a location that opened with the boards of 2026."""
    opened, board = row.day("opened"), catalogue.find_board(row["icb_2026_ods"])
    body = BodyFacts(location_key(row["ods_code"]), "sub_icb_location", row.source, row.at, opened_on=opened)
    body.change(opened, row["name"], ods=row["ods_code"])
    catalogue.add(body)
    board.relate(body.key, "encloses", (opened, None), row.source, row.at)
