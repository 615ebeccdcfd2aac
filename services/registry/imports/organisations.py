"""Organisations: regions, boards' locations, clinical commissioning groups, trusts, practices, councils."""

from datetime import date, timedelta
from pathlib import Path

from services.registry.imports.facts import BodyFacts, Catalogue, Dated, Unusable
from services.registry.imports.footprints import STARTS, STP_CLOSED, footprint_keys
from services.registry.imports.sources import Origin, Row, rows

BOARDS_OPENED, NEW_BOARDS = STARTS["ICB2022"], STARTS["ICB2026"]
CCG_OPENED = date(2013, 4, 1)
COUNCIL_SOURCE = "ONS local authority districts 2024; Open Council Data names"
CCG_SOURCE = "NHS England footprints of March 2016"
# Of a row that gives no closing day: it had closed by the day for which the file says so.
CLOSED = {"closed", "inactive"}
FORMS = {"NHS FOUNDATION TRUST": "NHS foundation trust", "NHS TRUST": "NHS trust"}
KINDS = {"nhs_trust": "trust", "gp_practice": "practice"}


class Boards:
    """The boards by code: those of 2023, and those since April 2026."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        keys = footprint_keys(catalogue)
        self.before = {code: key for (edition, code), key in keys.items() if edition == "ICB2023"}
        self.now = {code: key for (edition, code), key in keys.items() if edition == "ICB2026"}
        # One that opened later is in no edition yet.
        for body in catalogue.everybody():
            if body.kind == "icb" and body.ods and body.closed_on is None:
                self.now.setdefault(body.ods[-1].value, body.key)

    def of_2023(self, code: str) -> BodyFacts:
        """Return the board that had a code in 2023; Unusable when there was none."""
        return self.catalogue.find(self.before.get(code, ""), f"board {code}")

    def of_today(self, code: str) -> BodyFacts:
        """Return the board that has a code now; Unusable when there is none."""
        return self.catalogue.find(self.now.get(code, ""), f"board {code}")


def add_providers(folder: Path, catalogue: Catalogue) -> None:
    """Add trusts and practices, and the doors of commissioning groups."""
    boards = Boards(catalogue)
    for row in rows(folder, "organisations.csv"):
        with catalogue.using(row):
            if row["org_type"] in KINDS:
                add_provider(row, catalogue, boards)
            elif row["org_type"] == "ccg":
                group = catalogue.find(ccg(row["ods_code"]), f"commissioning group {row['ods_code']}")
                add_door(group, row, "headquarters")


def named(body: BodyFacts, name: str, *, ods: str = "", ons: str = "") -> BodyFacts:
    """Give a body the one name and the codes that are known for its whole life."""
    body.names.append(Dated(name, body.opened_on, body.closed_on))
    for history, code in ((body.ods, ods), (body.ons, ons)):
        if code:
            history.append(Dated(code, body.opened_on, body.closed_on))
    return body


def add_door(body: BodyFacts, row: Row, purpose: str) -> None:
    """Add the address and the telephone number that a register gives."""
    known_on = row.day("as_of") or date.min
    address = ", ".join(part for part in (row["address"], row["postcode"]) if part)
    body.reach("post", address, purpose, known_on, row["source"], row.at)
    body.reach("phone", row["phone"], purpose, known_on, row["source"], row.at)


def add_regions(folder: Path, catalogue: Catalogue) -> None:
    """Add the regions of NHS England, and which boards each encloses."""
    by_name: dict[str, BodyFacts] = {}
    for row in rows(folder, "nhs_regions.csv"):
        body = BodyFacts(f"region/{row['ods_code']}", "nhs_region", "NHS ODS", row.at)
        name = f"NHS England {row['name']}"
        by_name[row["name"]] = catalogue.add(named(body, name, ods=row["ods_code"], ons=row["ons_code"]))
    for board in [body for body in catalogue.everybody() if body.kind == "icb" and body.boundaries]:
        region = by_name.get(board.boundaries[-1].region or "")
        if region:
            period = board.opened_on, board.closed_on
            region.relate(board.key, "encloses", period, board.source, region.at)


def location(ods: str) -> str:
    """Return the key of a board's location (sub-ICB)."""
    return f"sub_icb/{ods}/{BOARDS_OPENED}"


def ccg(ods: str) -> str:
    """Return the key of a clinical commissioning group."""
    return f"ccg/{ods}/{CCG_OPENED}"


def add_locations(folder: Path, catalogue: Catalogue) -> None:
    """Add the locations of boards; one that was split between boards in 2026 ended with that."""
    boards = Boards(catalogue)
    for row in rows(folder, "sub_icb_locations_2023.csv"):
        with catalogue.using(row):
            add_location(row, catalogue, boards)


def add_location(row: Row, catalogue: Catalogue, boards: Boards) -> None:
    """Add a location, and the board that encloses it."""
    split = row["split_in_2026"] == "yes"
    ended = NEW_BOARDS - timedelta(days=1)
    source = "ONS sub-ICB locations 2023"
    before, now = boards.of_2023(row["icb_2023_ods"]), boards.now.get(row["icb_2026_ods"])
    body = BodyFacts(location(row["ods_code"]), "sub_icb_location", source, row.at)
    body.opened_on, body.closed_on = BOARDS_OPENED, ended if split else None
    catalogue.add(named(body, row["name"], ods=row["ods_code"], ons=row["ons_code"]))
    stays = not split and now == before.key
    before.relate(body.key, "encloses", (BOARDS_OPENED, None if stays else ended), source, row.at)
    if not split and not stays:
        board = boards.of_today(row["icb_2026_ods"])
        board.relate(body.key, "encloses", (NEW_BOARDS, None), source, row.at)


def add_ccgs(folder: Path, catalogue: Catalogue) -> None:
    """Add the commissioning groups of 2016 and their footprints.

    The day on which a group closed is not in the data: all had closed when the boards opened.
    """
    partnerships = footprint_keys(catalogue)
    for row in rows(folder, "footprint_members_2016.csv"):
        with catalogue.using(row):
            code = row["footprint_ons_code"]
            footprint = catalogue.find(partnerships.get(("STP2016", code), ""), f"footprint {code} of 2016")
            member(add_ccg(row, catalogue), footprint, STARTS["STP2016"], CCG_SOURCE, row.at)


def add_ccg(row: Row, catalogue: Catalogue) -> BodyFacts:
    """Add a commissioning group; one that is shared between footprints has two rows."""
    key, ods = ccg(row["member_ods_code"]), row["member_ods_code"]
    body = BodyFacts(key, "ccg", CCG_SOURCE, row.at, opened_on=CCG_OPENED, closed_on=STP_CLOSED)
    body.legal_forms.append(Dated("clinical commissioning group", CCG_OPENED, STP_CLOSED))
    return catalogue.add(named(body, row["member_name"], ods=ods, ons=row["member_ons_code"]))


def relate_ccgs(folder: Path, catalogue: Catalogue) -> None:
    """Relate commissioning groups to the locations that followed them."""
    for row in rows(folder, "ccg_2016_to_sub_icb.csv"):
        with catalogue.using(row):
            before, after = row["ccg_2016_ods"], row["sub_icb_2022_ods"]
            heir = catalogue.find(location(after), f"location {after}")
            catalogue.find(ccg(before), f"commissioning group {before}").relate(
                heir.key, "succeeded_by", (BOARDS_OPENED, None), "computed: overlap of small areas",
                row.at, share=row.share("share_of_ccg_2016"),
            )  # fmt: skip


def member(body: BodyFacts, footprint: BodyFacts, since: date | None, source: str, at: Origin) -> None:
    """Make a body a member of a footprint until either ends; once is enough."""
    if footprint.key in body.member_elsewhere or any(
        each.to == footprint.key and each.kind == "member_of" for each in body.relations
    ):
        return
    ends = min((each for each in (body.closed_on, footprint.closed_on) if each), default=None)
    body.relate(footprint.key, "member_of", (since, ends), source, at)


def add_provider(row: Row, catalogue: Catalogue, boards: Boards) -> None:
    """Add a trust or a practice, its doors, and the boards and the location that it belongs to."""
    opened, as_of = row.day("open_date"), row.day("as_of")
    closed = row.day("close_date") or (as_of if row["status"] in CLOSED else None)
    key = f"{KINDS[row['org_type']]}/{row['ods_code']}"
    if not row["name"] or not row["ods_code"]:
        raise Unusable(f"{row['ods_code'] or row['name'] or 'the row'} has no name or no code")
    body = BodyFacts(
        key, row["org_type"], row["source"], row.at, opened_on=opened, closed_on=closed, as_of=as_of
    )
    if catalogue.add(named(body, row["name"], ods=row["ods_code"], ons=row["ons_code"])) is not body:
        raise Unusable(f"{row['ods_code']} stands in the file twice")
    form = next((form for ending, form in FORMS.items() if row["name"].upper().endswith(ending)), None)
    if form:
        body.legal_forms.append(Dated(form, None, closed))
    add_door(body, row, "headquarters" if row["org_type"] == "nhs_trust" else "practice")
    for code, board, since in (
        (row["icb_2023_ods"], boards.of_2023, BOARDS_OPENED),
        (row["icb_2026_ods"], boards.of_today, NEW_BOARDS),
    ):
        if code and not (closed and closed < since):
            with catalogue.using(row, f"{row['ods_code']}: "):
                member(body, board(code), max(since, opened or since), row["source"], row.at)
    place = row["sub_icb_2023_ods"]
    if place and body.kind == "gp_practice" and not (closed and closed < BOARDS_OPENED):
        with catalogue.using(row, f"{row['ods_code']}: "):
            around = catalogue.find(location(place), f"location {place}")
            member(body, around, max(BOARDS_OPENED, opened or BOARDS_OPENED), row["source"], row.at)


def council(ons: str) -> str:
    """Return the key of a council."""
    return f"council/{ons}"


def add_councils(folder: Path, catalogue: Catalogue) -> None:
    """Add councils, and the counties that enclose districts."""
    for row in rows(folder, "local_authorities.csv"):
        body = BodyFacts(council(row["ons_code"]), "local_authority", COUNCIL_SOURCE, row.at)
        name = row["council_name"] or f"{row['name']} Council"
        catalogue.add(named(body, name, ods=row["ods_la_code_2019"], ons=row["ons_code"]))
        body.legal_forms.append(Dated(f"{row['tier']} council"))
        if row["ons_code_2025"] != row["ons_code"]:
            body.ons.append(Dated(row["ons_code_2025"], date(2025, 4, 1)))
            body.ons[0].valid_to = date(2025, 3, 31)
        if row["upper_tier_code"] != row["ons_code"]:
            county = BodyFacts(council(row["upper_tier_code"]), "local_authority", COUNCIL_SOURCE, row.at)
            county.legal_forms.append(Dated("county council"))
            name = f"{row['upper_tier_name']} County Council"
            county = catalogue.add(named(county, name, ons=row["upper_tier_code"]))
            county.relate(body.key, "encloses", (None, None), COUNCIL_SOURCE, row.at)


def relate_councils(folder: Path, catalogue: Catalogue) -> None:
    """Relate councils to the boards in whose area they are."""
    boards = Boards(catalogue)
    for row in rows(folder, "la_icb.csv"):
        with catalogue.using(row):
            relate_council(row, catalogue, boards)


def relate_council(row: Row, catalogue: Catalogue, boards: Boards) -> None:
    """Make a council a member of the boards in whose area it is, with the share of its residents.

    The shares are those of the boards of 2026; before, it was in the board of 2023 with the same share.
    """
    body = catalogue.find(council(row["ltla24_code"]), f"council {row['ltla24_code']}")
    before, now = boards.of_2023(row["icb_2023_ods"]).key, boards.of_today(row["icb_2026_ods"]).key
    share, source = row.share("share_of_ltla"), "ONS: census residents of small areas"
    if before == now:
        body.relate(now, "member_of", (BOARDS_OPENED, None), source, row.at, share=share)
        return
    ended = NEW_BOARDS - timedelta(days=1)
    body.relate(before, "member_of", (BOARDS_OPENED, ended), source, row.at, share=share)
    body.relate(now, "member_of", (NEW_BOARDS, None), source, row.at, share=share)
