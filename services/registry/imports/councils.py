"""Councils: their first and last days, their successors, counties and boards.

Each function reads one row of a file (see `sources.py`).
"""

from datetime import date, timedelta

from services.registry.imports.facts import BodyFacts, Catalogue, Period, words_of_council
from services.registry.imports.files import Row
from services.registry.imports.footprints import BEFORE_NEW_BOARDS, BOARDS_OPENED, NEW_BOARDS

KIND, COUNTY = "local_authority", "county council"
# Shares are rounded: from this share on, a council is wholly in one board.
WHOLE = 0.9995


def council_key(ons: str) -> str:
    """The key of a council: the first of its ONS codes since 2016."""
    return f"council/{ons}"


def read_council(catalogue: Catalogue, row: Row) -> None:
    """Add a council from its first to its last day, or the next name or code of one that is there."""
    name, since, until = row["council_name"] or f"{row['name']} Council", row.day("from"), row.day("until")
    form = f"{row['kind'].replace('_', ' ')} council"
    body = find_same(catalogue, row, name, form)
    if body is None:
        body = BodyFacts(council_key(row["code"]), KIND, row.source, row.at, opened_on=since)
        catalogue.add(body)
    body.closed_on = until
    for history in (body.names, body.ods, body.ons, body.legal_forms):
        for each in history[-1:]:
            each.valid_to = until
    body.change(since, name, ods=row["ods_la_code_2019"], ons=row["code"], form=form)


def find_same(catalogue: Catalogue, row: Row, name: str, form: str) -> BodyFacts | None:
    """The council that a row continues: it has the same code, or had the name and form until the day before.

    A code that changed only with a boundary does not make it another council.
    """
    since = row.day("from")
    if since is None:
        return None
    return next(
        (
            body
            for body in catalogue.bodies.values()
            if body.kind == KIND and not body.is_known and body.closed_on == since - timedelta(days=1)
            if body.ons[-1].value == row["code"]
            or (body.names[-1].value, body.legal_forms[-1].value) == (name, form)
        ),
        None,
    )


def read_council_relations(catalogue: Catalogue, row: Row) -> None:
    """Relate a council to its county and its successors; a row that only changed a code has none."""
    body = catalogue.bodies.get(council_key(row["code"]))
    if body is None:
        return
    if code := row["county_code"]:
        county = catalogue.find(council_key(code), f"county {code}")
        county.relate(body.key, "encloses", common_days(county, body), row.source, row.at)
    on, heirs = row.day("succeeded_on"), row.listed("successors")
    if on is None or body.closed_on is None or body.closed_on >= on:
        return
    for code in heirs:
        heir = catalogue.find(council_key(code), f"council {code}")
        share = 1.0 if len(heirs) == 1 else None
        body.relate(heir.key, "succeeded_by", (on, None), row.source, row.at, share=share)


def common_days(*bodies: BodyFacts) -> Period:
    """The first and the last day on which bodies are all open, as far as they are known."""
    opened = max((each.opened_on for each in bodies if each.opened_on), default=None)
    return opened, min((each.closed_on for each in bodies if each.closed_on), default=None)


def read_council_area(catalogue: Catalogue, row: Row) -> None:
    """Make a council a member of a board, with the share of its residents.

    The shares are those of the boards of 2026; before, the same share was in the board of 2023. What was
    merged into a council that is whole in one board was in that board too.
    """
    code, share = row["ltla24_code"], row.share("share_of_ltla")
    body = catalogue.find(council_key(code), f"council {code}")
    before = catalogue.find_board(row["icb_2023_ods"], "ICB2023").key
    now = catalogue.find_board(row["icb_2026_ods"]).key
    spans = [(before, (BOARDS_OPENED, BEFORE_NEW_BOARDS)), (now, (NEW_BOARDS, None))]
    for board, (since, until) in [(now, (BOARDS_OPENED, None))] if before == now else spans:
        period = max(since, body.opened_on or since), until
        body.relate(board, "member_of", period, row.source, row.at, share=share)
    if share >= WHOLE and (body.opened_on or date.min) > BOARDS_OPENED:
        for merged in merged_into(catalogue, body):
            merged.relate(before, "member_of", (BOARDS_OPENED, merged.closed_on), row.source, row.at, share=1)


def merged_into(catalogue: Catalogue, council: BodyFacts) -> list[BodyFacts]:
    """The districts that were merged whole into a council of the files."""
    return [
        body
        for body in catalogue.bodies.values()
        if body.kind == KIND and body.closed_on and body.closed_on >= BOARDS_OPENED
        if body.legal_forms[-1:] and body.legal_forms[-1].value != COUNTY
        if any(
            (claim.says.get("kind"), claim.says.get("to_id")) == ("succeeded_by", council.key)
            for claim in body.claims
        )
    ]


def find_council(catalogue: Catalogue, code: str, name: str, day: date) -> BodyFacts | None:
    """The council with an ODS code, or else a name, on a day; if none was open, the last one before.

    A county comes before a district.
    """
    keys = catalogue.councils.get(code) or catalogue.councils.get(words_of_council(name)) or []
    found = [catalogue.find(key, "council") for key in keys]

    def order(body: BodyFacts) -> tuple[bool, date, bool]:
        is_open = (body.opened_on or date.min) <= day <= (body.closed_on or date.max)
        return is_open, body.closed_on or date.min, body.key.startswith("council/E10")

    return max(found, key=order, default=None)
