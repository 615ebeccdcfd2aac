"""Organisations: regions, boards' locations, clinical commissioning groups, trusts, practices, councils."""

from datetime import date, timedelta

from services.registry.imports.facts import BodyFacts, Catalogue, Dated, FileReader, Unusable
from services.registry.imports.files import Origin, Row
from services.registry.imports.footprints import STARTS, STP_CLOSED, footprint_keys

BOARDS_OPENED, NEW_BOARDS = STARTS["ICB2022"], STARTS["ICB2026"]
BEFORE_NEW_BOARDS = NEW_BOARDS - timedelta(days=1)
CCG_OPENED = date(2013, 4, 1)
COUNCIL_SOURCE = "ONS local authority districts 2024; Open Council Data names"
COUNCIL_SHARE_SOURCE = "ONS: census residents of small areas"
CCG_SOURCE = "NHS England footprints of March 2016"
LOCATION_SOURCE = "ONS sub-ICB locations 2023"
# Of a row that gives no closing day: it had closed by the day for which the file says so.
CLOSED = {"closed", "inactive"}
FORMS = {"NHS FOUNDATION TRUST": "NHS foundation trust", "NHS TRUST": "NHS trust"}
KINDS = {"nhs_trust": "trust", "gp_practice": "practice"}


def location_key(ods: str) -> str:
    """The key of a board's location (sub-ICB)."""
    return f"sub_icb/{ods}/{BOARDS_OPENED}"


def ccg_key(ods: str) -> str:
    """The key of a clinical commissioning group."""
    return f"ccg/{ods}/{CCG_OPENED}"


def council_key(ons: str) -> str:
    """The key of a council."""
    return f"council/{ons}"


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
        """The board that had a code in 2023; Unusable when there was none."""
        return self.catalogue.find(self.before.get(code, ""), f"board {code}")

    def of_today(self, code: str) -> BodyFacts:
        """The board that has a code now; Unusable when there is none."""
        return self.catalogue.find(self.now.get(code, ""), f"board {code}")


def name_body(body: BodyFacts, name: str, *, ods: str = "", ons: str = "") -> BodyFacts:
    """Give a body the one name and the codes that are known for its whole life."""
    body.names.append(Dated(name, body.opened_on, body.closed_on))
    for history, code in ((body.ods, ods), (body.ons, ons)):
        if code:
            history.append(Dated(code, body.opened_on, body.closed_on))
    return body


def add_member(body: BodyFacts, footprint: BodyFacts, since: date | None, source: str, at: Origin) -> None:
    """Make a body a member of a footprint until either ends; once is enough."""
    if footprint.key in body.member_elsewhere or any(
        each.to == footprint.key and each.kind == "member_of" for each in body.relations
    ):
        return
    ends = min((each for each in (body.closed_on, footprint.closed_on) if each), default=None)
    body.relate(footprint.key, "member_of", (since, ends), source, at)


class Regions(FileReader):
    """The regions of NHS England, and which boards each encloses."""

    files = ("nhs_regions.csv",)

    def read(self, row: Row) -> None:
        """Add a region; it encloses the boards whose last edition names it."""
        region = BodyFacts(f"region/{row['ods_code']}", "nhs_region", "NHS ODS", row.at)
        name_body(region, f"NHS England {row['name']}", ods=row["ods_code"], ons=row["ons_code"])
        region = self.catalogue.add(region)
        for board in list(self.catalogue.everybody()):
            if board.kind == "icb" and board.boundaries and board.boundaries[-1].region == row["name"]:
                period = board.opened_on, board.closed_on
                region.relate(board.key, "encloses", period, board.source, row.at)


class ReaderOfBoards(FileReader):
    """Reads a file that names boards by their codes."""

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__(catalogue)
        self.boards = Boards(catalogue)


class Locations(ReaderOfBoards):
    """The locations of boards; one that was split between boards in 2026 ended with that."""

    files = ("sub_icb_locations_2023.csv",)

    def read(self, row: Row) -> None:
        """Add a location, and the board that encloses it."""
        is_split = row["split_in_2026"] == "yes"
        before, now = self.boards.of_2023(row["icb_2023_ods"]), self.boards.now.get(row["icb_2026_ods"])
        body = BodyFacts(location_key(row["ods_code"]), "sub_icb_location", LOCATION_SOURCE, row.at)
        body.opened_on, body.closed_on = BOARDS_OPENED, BEFORE_NEW_BOARDS if is_split else None
        self.catalogue.add(name_body(body, row["name"], ods=row["ods_code"], ons=row["ons_code"]))
        stays = not is_split and now == before.key
        period = BOARDS_OPENED, None if stays else BEFORE_NEW_BOARDS
        before.relate(body.key, "encloses", period, LOCATION_SOURCE, row.at)
        if not is_split and not stays:
            board = self.boards.of_today(row["icb_2026_ods"])
            board.relate(body.key, "encloses", (NEW_BOARDS, None), LOCATION_SOURCE, row.at)


class CommissioningGroups(FileReader):
    """The commissioning groups of 2016 and their footprints.

    The day on which a group closed is not in the data: all had closed when the boards opened.
    """

    files = ("footprint_members_2016.csv",)

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__(catalogue)
        self.partnerships = footprint_keys(catalogue)

    def read(self, row: Row) -> None:
        """Add a group as a member; one that is shared between footprints has two rows."""
        code, ods = row["footprint_ons_code"], row["member_ods_code"]
        key = self.partnerships.get(("STP2016", code), "")
        footprint = self.catalogue.find(key, f"footprint {code} of 2016")
        body = BodyFacts(ccg_key(ods), "ccg", CCG_SOURCE, row.at, opened_on=CCG_OPENED, closed_on=STP_CLOSED)
        body.legal_forms.append(Dated("clinical commissioning group", CCG_OPENED, STP_CLOSED))
        name_body(body, row["member_name"], ods=ods, ons=row["member_ons_code"])
        add_member(self.catalogue.add(body), footprint, STARTS["STP2016"], CCG_SOURCE, row.at)


class GroupSuccessions(FileReader):
    """The locations that followed commissioning groups."""

    files = ("ccg_2016_to_sub_icb.csv",)

    def read(self, row: Row) -> None:
        """Relate a group to a location, with the share of its residents."""
        before, after = row["ccg_2016_ods"], row["sub_icb_2022_ods"]
        heir = self.catalogue.find(location_key(after), f"location {after}")
        group = self.catalogue.find(ccg_key(before), f"commissioning group {before}")
        source, share = "computed: overlap of small areas", row.share("share_of_ccg_2016")
        group.relate(heir.key, "succeeded_by", (BOARDS_OPENED, None), source, row.at, share=share)


class Providers(ReaderOfBoards):
    """Trusts and practices, and the contacts of commissioning groups."""

    files = ("organisations.csv",)

    def read(self, row: Row) -> None:
        """Add a trust or a practice, or the contacts of a group."""
        ods = row["ods_code"]
        if row["org_type"] in KINDS:
            self.add_provider(row)
        elif row["org_type"] == "ccg":
            add_contacts(self.catalogue.find(ccg_key(ods), f"commissioning group {ods}"), row, "headquarters")

    def add_provider(self, row: Row) -> None:
        """Add a trust or a practice with its contacts, boards and location."""
        opened, as_of, ods = row.day("open_date"), row.day("as_of"), row["ods_code"]
        closed = row.day("close_date") or (as_of if row["status"] in CLOSED else None)
        if not row["name"] or not ods:
            raise Unusable(f"{ods or row['name'] or 'the row'} has no name or no code")
        key = f"{KINDS[row['org_type']]}/{ods}"
        body = BodyFacts(key, row["org_type"], row["source"], row.at)
        body.opened_on, body.closed_on, body.as_of = opened, closed, as_of
        if self.catalogue.add(name_body(body, row["name"], ods=ods, ons=row["ons_code"])) is not body:
            raise Unusable(f"{ods} is in the file twice")
        form = next((form for ending, form in FORMS.items() if row["name"].upper().endswith(ending)), None)
        if form:
            body.legal_forms.append(Dated(form, None, closed))
        add_contacts(body, row, "headquarters" if row["org_type"] == "nhs_trust" else "practice")
        self.add_boards(body, row)

    def add_boards(self, body: BodyFacts, row: Row) -> None:
        """Make a body a member of its boards and its location, from when they opened or it did."""
        place = row["sub_icb_2023_ods"] if body.kind == "gp_practice" else ""
        for code, find, since in (
            (row["icb_2023_ods"], self.boards.of_2023, BOARDS_OPENED),
            (row["icb_2026_ods"], self.boards.of_today, NEW_BOARDS),
            (place, self.find_location, BOARDS_OPENED),
        ):
            if code and not (body.closed_on and body.closed_on < since):
                with self.catalogue.using(row, f"{row['ods_code']}: "):
                    start = max(since, body.opened_on or since)
                    add_member(body, find(code), start, row["source"], row.at)

    def find_location(self, code: str) -> BodyFacts:
        """The location of a board; Unusable when it is not known."""
        return self.catalogue.find(location_key(code), f"location {code}")


def add_contacts(body: BodyFacts, row: Row, purpose: str) -> None:
    """Add the address and the telephone number that a register gives."""
    known_on = row.day("as_of") or date.min
    address = ", ".join(part for part in (row["address"], row["postcode"]) if part)
    body.reach("post", address, purpose, known_on, row["source"], row.at)
    body.reach("phone", row["phone"], purpose, known_on, row["source"], row.at)


class Councils(FileReader):
    """Councils, and the counties that enclose districts."""

    files = ("local_authorities.csv",)

    def read(self, row: Row) -> None:
        """Add a council, and the county that encloses it."""
        body = BodyFacts(council_key(row["ons_code"]), "local_authority", COUNCIL_SOURCE, row.at)
        name = row["council_name"] or f"{row['name']} Council"
        self.catalogue.add(name_body(body, name, ods=row["ods_la_code_2019"], ons=row["ons_code"]))
        body.legal_forms.append(Dated(f"{row['tier']} council"))
        if row["ons_code_2025"] != row["ons_code"]:
            body.ons.append(Dated(row["ons_code_2025"], date(2025, 4, 1)))
            body.ons[0].valid_to = date(2025, 3, 31)
        if row["upper_tier_code"] != row["ons_code"]:
            county = BodyFacts(council_key(row["upper_tier_code"]), "local_authority", COUNCIL_SOURCE, row.at)
            county.legal_forms.append(Dated("county council"))
            name = f"{row['upper_tier_name']} County Council"
            county = self.catalogue.add(name_body(county, name, ons=row["upper_tier_code"]))
            county.relate(body.key, "encloses", (None, None), COUNCIL_SOURCE, row.at)


class CouncilAreas(ReaderOfBoards):
    """The boards in whose area councils are, with the shares of their residents.

    The shares are those of the boards of 2026; before, the same share was in the board of 2023.
    """

    files = ("la_icb.csv",)

    def read(self, row: Row) -> None:
        """Make a council a member of a board."""
        code, share = row["ltla24_code"], row.share("share_of_ltla")
        body = self.catalogue.find(council_key(code), f"council {code}")
        before, now = (
            self.boards.of_2023(row["icb_2023_ods"]).key,
            self.boards.of_today(row["icb_2026_ods"]).key,
        )
        spans = [(before, (BOARDS_OPENED, BEFORE_NEW_BOARDS)), (now, (NEW_BOARDS, None))]
        for board, period in [(now, (BOARDS_OPENED, None))] if before == now else spans:
            body.relate(board, "member_of", period, COUNCIL_SHARE_SOURCE, row.at, share=share)
