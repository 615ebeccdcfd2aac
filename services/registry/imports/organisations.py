"""Providers: trusts and practices, with their boards, locations, groups and contacts.

A row of the same file may give the contacts of a group.
"""

from datetime import date

from services.registry.imports.facts import TODAY, BodyFacts, Catalogue, Unusable, follow_value
from services.registry.imports.files import Row
from services.registry.imports.footprints import BEFORE_NEW_BOARDS, BOARDS_OPENED, NEW_BOARDS
from services.registry.imports.groups import ccg_key, find_group
from services.registry.imports.locations import find_location

# Of a row that gives no closing day: it had closed by the day for which the file says so.
CLOSED = {"closed", "inactive"}
FORMS = {"NHS FOUNDATION TRUST": "NHS foundation trust", "NHS TRUST": "NHS trust"}
KINDS = {"nhs_trust": "trust", "gp_practice": "practice"}
READ_FROM_OTHER_FILES = ("icb", "sub_icb_location", "nhs_region")
PURPOSES = {"nhs_trust": "headquarters", "gp_practice": "practice", "ccg": "headquarters"}
# The columns that name a board by its code in an edition, with the first and the last day of membership.
BOARD_NOW = "icb_2026_ods"
BOARDS = (
    ("icb_2023_ods", "ICB2023", BOARDS_OPENED, BEFORE_NEW_BOARDS),
    (BOARD_NOW, TODAY, NEW_BOARDS, None),
)
# The columns that name a location, and since when it may be one.
LOCATIONS = {"sub_icb_2023_ods": BOARDS_OPENED, "sub_icb_2026_ods": NEW_BOARDS}


def read_organisation(catalogue: Catalogue, row: Row) -> None:
    """Add a trust or a practice with its contacts, boards and location, or the contacts of a group."""
    if row["org_type"] in KINDS:
        body = add_provider(catalogue, row)
    elif row["org_type"] == "ccg":
        body = find_group(catalogue, row["ods_code"])
    elif row["org_type"] in READ_FROM_OTHER_FILES:
        return
    else:
        raise Unusable(f"org_type {row['org_type'] or 'nothing'} is not known")
    known_on, purpose = row.day("as_of") or date.min, PURPOSES[row["org_type"]]
    # A postcode alone is no address to write to.
    address = ", ".join(part for part in (row["address"], row["postcode"]) if part) if row["address"] else ""
    body.reach("post", address, purpose, known_on, row.source, row.at)
    body.reach("phone", row["phone"], purpose, known_on, row.source, row.at)


def add_provider(catalogue: Catalogue, row: Row) -> BodyFacts:
    """Add a trust or a practice, a member of its boards, its locations and its group in their time.

    A row of a closed body without its closing day says only that it had closed by the day of the file.
    """
    name, ods, as_of = row["name"], row["ods_code"], row.day("as_of")
    if not name or not ods:
        raise Unusable(f"{ods or name or 'the row'} has no name or no code")
    key = f"{KINDS[row['org_type']]}/{ods}"
    body = BodyFacts(key, row["org_type"], row.source, row.at, as_of=as_of)
    body.opened_on, body.services_ended_on = row.day("open_date"), row.day("services_end_date")
    body.closed_on = row.day("close_date") or (as_of if row["status"] in CLOSED else None)
    body.is_closing_day_known = bool(row["close_date"]) or body.closed_on is None
    body.change(body.opened_on, spell_as_known(catalogue, key, name), ods=ods, ons=row["ons_code"])
    if form := next((form for ending, form in FORMS.items() if name.upper().endswith(ending)), None):
        follow_value(body.legal_forms, form, None, body.closed_on)
    if catalogue.add(body) is not body:
        raise Unusable(f"{ods} is in the file twice")
    join_boards(catalogue, body, row)
    if body.kind == "gp_practice":
        join_locations(catalogue, body, row)
    return body


def spell_as_known(catalogue: Catalogue, key: str, name: str) -> str:
    """A name as the registry spells it: registers that write it in capitals say nothing new."""
    known = catalogue.known.get(key)
    spelt = known.names[-1].value if known and known.names else name
    return spelt if spelt.casefold() == name.casefold() else name


def join_boards(catalogue: Catalogue, body: BodyFacts, row: Row) -> None:
    """Make a provider a member of its board of 2022 until the new boards opened, and of its board since."""
    for column, edition, since, until in BOARDS:
        if code := row[column]:
            with catalogue.using(row, f"{body.ods[0].value}: "):
                board = catalogue.find_board(code, edition)
                stays = catalogue.footprints.get((TODAY, row[BOARD_NOW])) == board.key
                first = max(since, body.opened_on or since)
                body.join(board, first, row, until=None if stays else until)


def join_locations(catalogue: Catalogue, body: BodyFacts, row: Row) -> None:
    """Make a practice a member of its locations, and of its group as long as the register says so."""
    with catalogue.using(row, f"{body.ods[0].value}: "):
        for column, since in LOCATIONS.items():
            if row[column] and (body.closed_on or date.max) >= since:
                location = find_location(catalogue, row[column])
                body.join(location, max(since, body.opened_on or since), row)
    if catalogue.knows(ccg_key(row["commissioner_ods"])):
        group = find_group(catalogue, row["commissioner_ods"])
        days = (row.day("commissioner_from"), body.opened_on, group.opened_on)
        first = max((day for day in days if day), default=None)
        body.join(group, first, row, until=row.day("commissioner_until"))
