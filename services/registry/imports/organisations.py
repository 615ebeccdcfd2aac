"""Organisations: regions, boards' locations, clinical commissioning groups, trusts, practices, councils."""

from datetime import date, timedelta
from pathlib import Path

from services.registry.imports.facts import BodyFacts, Catalogue, Dated
from services.registry.imports.footprints import STARTS, STP_CLOSED, footprint_keys
from services.registry.imports.sources import Row, day, rows

BOARDS_OPENED, NEW_BOARDS = STARTS["ICB2022"], STARTS["ICB2026"]
CCG_OPENED = date(2013, 4, 1)
COUNCIL_SOURCE = "ONS local authority districts 2024; Open Council Data names"
FORMS = {"NHS FOUNDATION TRUST": "NHS foundation trust", "NHS TRUST": "NHS trust"}
KINDS = {"nhs_trust": "trust", "gp_practice": "practice"}


def add_organisations(folder: Path, catalogue: Catalogue) -> None:
    """Add all organisations that are not boards themselves, and where they belong."""
    boards = {code: key for (edition, code), key in footprint_keys(catalogue).items() if edition == "ICB2023"}
    boards_now = {
        code: key for (edition, code), key in footprint_keys(catalogue).items() if edition == "ICB2026"
    }
    add_regions(folder, catalogue)
    add_locations(folder, catalogue, boards)
    add_ccgs(folder, catalogue)
    for row in rows(folder, "organisations.csv"):
        if row["org_type"] in KINDS:
            add_provider(row, catalogue, boards, boards_now)
        elif row["org_type"] == "ccg":
            add_door(catalogue.bodies[ccg(row["ods_code"])], row, "headquarters")
    add_councils(folder, catalogue)
    for row in rows(folder, "la_icb.csv"):
        relate_council(row, catalogue, boards, boards_now)


def named(body: BodyFacts, name: str, *, ods: str = "", ons: str = "") -> BodyFacts:
    """Give a body the one name and the codes that are known for its whole life."""
    body.names.append(Dated(name, body.opened_on, body.closed_on))
    for history, code in ((body.ods, ods), (body.ons, ons)):
        if code:
            history.append(Dated(code, body.opened_on, body.closed_on))
    return body


def add_door(body: BodyFacts, row: Row, purpose: str) -> None:
    """Add the address and the telephone number that a register gives."""
    known_on = day(row["as_of"]) or date.min
    address = ", ".join(part for part in (row["address"], row["postcode"]) if part)
    body.reach("post", address, purpose, known_on, row["source"])
    body.reach("phone", row["phone"], purpose, known_on, row["source"])


def add_regions(folder: Path, catalogue: Catalogue) -> None:
    """Add the regions of NHS England, and which boards each encloses."""
    by_name: dict[str, BodyFacts] = {}
    for row in rows(folder, "nhs_regions.csv"):
        body = BodyFacts(f"region/{row['ods_code']}", "nhs_region", "NHS ODS")
        name = f"NHS England {row['name']}"
        by_name[row["name"]] = catalogue.add(named(body, name, ods=row["ods_code"], ons=row["ons_code"]))
    for board in [body for body in catalogue.bodies.values() if body.kind == "icb"]:
        region = by_name.get(board.boundaries[-1].region or "")
        if region:
            region.relate(board.key, "encloses", (board.opened_on, board.closed_on), board.source)


def location(ods: str) -> str:
    """Return the key of a board's location (sub-ICB)."""
    return f"sub_icb/{ods}/{BOARDS_OPENED}"


def ccg(ods: str) -> str:
    """Return the key of a clinical commissioning group."""
    return f"ccg/{ods}/{CCG_OPENED}"


def add_locations(folder: Path, catalogue: Catalogue, boards: dict[str, str]) -> None:
    """Add the locations of boards; one that was split between boards in 2026 ended with that."""
    for row in rows(folder, "sub_icb_locations_2023.csv"):
        split = row["split_in_2026"] == "yes"
        closed = NEW_BOARDS - timedelta(days=1) if split else None
        source = "ONS sub-ICB locations 2023"
        body = BodyFacts(
            location(row["ods_code"]), "sub_icb_location", source, opened_on=BOARDS_OPENED, closed_on=closed
        )
        catalogue.add(named(body, row["name"], ods=row["ods_code"], ons=row["ons_code"]))
        before, now = boards[row["icb_2023_ods"]], row["icb_2026_ods"]
        if not split and boards.get(now) == before:
            catalogue.bodies[before].relate(body.key, "encloses", (BOARDS_OPENED, None), source)
            continue
        catalogue.bodies[before].relate(
            body.key, "encloses", (BOARDS_OPENED, NEW_BOARDS - timedelta(1)), source
        )
        if not split:
            board = next(each for each in catalogue.bodies.values() if each.key.startswith(f"icb/{now}/"))
            board.relate(body.key, "encloses", (NEW_BOARDS, None), source)


def add_ccgs(folder: Path, catalogue: Catalogue) -> None:
    """Add the commissioning groups of 2016, their footprints, and the locations that followed them.

    The day on which a group closed is not in the data: all had closed when the boards opened.
    """
    partnerships = footprint_keys(catalogue)
    for row in rows(folder, "footprint_members_2016.csv"):
        ods = row["member_ods_code"]
        body = BodyFacts(
            ccg(ods),
            "ccg",
            "NHS England footprints of March 2016",
            opened_on=CCG_OPENED,
            closed_on=STP_CLOSED,
        )
        if body.key not in catalogue.bodies:
            catalogue.add(named(body, row["member_name"], ods=ods, ons=row["member_ons_code"]))
            body.legal_forms.append(Dated("clinical commissioning group", CCG_OPENED, STP_CLOSED))
        footprint = partnerships[("STP2016", row["footprint_ons_code"])]
        member(catalogue.bodies[body.key], catalogue.bodies[footprint], STARTS["STP2016"], body.source)
    for row in rows(folder, "ccg_2016_to_sub_icb.csv"):
        catalogue.bodies[ccg(row["ccg_2016_ods"])].relate(
            location(row["sub_icb_2022_ods"]),
            "succeeded_by",
            (BOARDS_OPENED, None),
            "computed: overlap of small areas",
            share=float(row["share_of_ccg_2016"]),
        )


def member(body: BodyFacts, footprint: BodyFacts, since: date | None, source: str) -> None:
    """Make a body a member of a footprint until either ends; once is enough."""
    if any(each.to == footprint.key and each.kind == "member_of" for each in body.relations):
        return
    ends = min((each for each in (body.closed_on, footprint.closed_on) if each), default=None)
    body.relate(footprint.key, "member_of", (since, ends), source)


def add_provider(row: Row, catalogue: Catalogue, boards: dict[str, str], boards_now: dict[str, str]) -> None:
    """Add a trust or a practice, its doors, and the boards in whose area it is."""
    opened, closed = day(row["open_date"]), day(row["close_date"])
    key = f"{KINDS[row['org_type']]}/{row['ods_code']}"
    body = BodyFacts(key, row["org_type"], row["source"], opened_on=opened, closed_on=closed)
    catalogue.add(named(body, row["name"], ods=row["ods_code"], ons=row["ons_code"]))
    form = next((form for ending, form in FORMS.items() if row["name"].upper().endswith(ending)), None)
    if form:
        body.legal_forms.append(Dated(form, None, closed))
    add_door(body, row, "headquarters" if row["org_type"] == "nhs_trust" else "practice")
    for code, known, since in (
        (row["icb_2023_ods"], boards, BOARDS_OPENED),
        (row["icb_2026_ods"], boards_now, NEW_BOARDS),
    ):
        if code and code not in known:
            catalogue.reject("organisations.csv", f"{row['ods_code']}: no board {code}")
        elif code and not (closed and closed < since):
            member(body, catalogue.bodies[known[code]], max(since, opened or since), row["source"])


def council(ons: str) -> str:
    """Return the key of a council."""
    return f"council/{ons}"


def add_councils(folder: Path, catalogue: Catalogue) -> None:
    """Add councils, and the counties that enclose districts."""
    for row in rows(folder, "local_authorities.csv"):
        body = BodyFacts(council(row["ons_code"]), "local_authority", COUNCIL_SOURCE)
        name = row["council_name"] or f"{row['name']} Council"
        catalogue.add(named(body, name, ods=row["ods_la_code_2019"], ons=row["ons_code"]))
        body.legal_forms.append(Dated(f"{row['tier']} council"))
        if row["ons_code_2025"] != row["ons_code"]:
            body.ons.append(Dated(row["ons_code_2025"], date(2025, 4, 1)))
            body.ons[0].valid_to = date(2025, 3, 31)
        if row["upper_tier_code"] != row["ons_code"]:
            county = BodyFacts(council(row["upper_tier_code"]), "local_authority", COUNCIL_SOURCE)
            if county.key not in catalogue.bodies:
                name = f"{row['upper_tier_name']} County Council"
                catalogue.add(named(county, name, ons=row["upper_tier_code"]))
                county.legal_forms.append(Dated("county council"))
            catalogue.bodies[county.key].relate(body.key, "encloses", (None, None), COUNCIL_SOURCE)


def relate_council(
    row: Row, catalogue: Catalogue, boards: dict[str, str], boards_now: dict[str, str]
) -> None:
    """Make a council a member of the boards in whose area it is, with the share of its residents.

    The shares are those of the boards of 2026; before, it was in the board of 2023 with the same share.
    """
    body = catalogue.bodies[council(row["ltla24_code"])]
    before, now = boards[row["icb_2023_ods"]], boards_now[row["icb_2026_ods"]]
    share, source = float(row["share_of_ltla"]), "ONS: census residents of small areas"
    if before == now:
        body.relate(now, "member_of", (BOARDS_OPENED, None), source, share=share)
        return
    body.relate(before, "member_of", (BOARDS_OPENED, NEW_BOARDS - timedelta(days=1)), source, share=share)
    body.relate(now, "member_of", (NEW_BOARDS, None), source, share=share)
