"""The regions of NHS England, and the bodies that work for the whole of England.

Each function reads one row of a file (see `sources.py`).
"""

from datetime import date, timedelta

from services.registry.imports.councils import common_days
from services.registry.imports.facts import BodyFacts, Catalogue
from services.registry.imports.files import Row

DAY = timedelta(days=1)
WHOLE_DAY = len("2026-04-01")
# The regions of 2016 as the partnerships' file names them.
REGIONS_OF_2016 = {
    "North": "North of England",
    "Midlands and East": "Midlands and East of England",
    "South": "South of England",
}


def region_key(ods: str) -> str:
    """The key of a region of NHS England."""
    return f"region/{ods}"


def national_key(name: str) -> str:
    """The key of a national body, by its short name in the file."""
    return f"national/{name}"


def read_region(catalogue: Catalogue, row: Row) -> None:
    """Add a region of NHS England with the boards and the partnerships that it enclosed in its time.

    A board is in the region that its last edition names. A partnership was in the one of 2016, and as long
    as there was none, or no longer, in that of the board with its code.
    """
    new = BodyFacts(region_key(row["ods_code"]), "nhs_region", row.source, row.at)
    new.opened_on, new.closed_on = row.day("from"), row.day("until")
    new.change(new.opened_on, f"NHS England {row['name']}", ods=row["ods_code"], ons=row["ons_code"])
    region = catalogue.add(new)
    footprints = [body for body in catalogue.everybody() if body.is_footprint and body.boundaries]
    boards = {body.ods[-1].value: body for body in footprints if body.kind == "icb" and body.ods}
    for body in footprints:
        names = {region_of(body)}
        if body.kind == "stp" and (board := boards.get(body.ods[-1].value)):
            names.add(region_of(board))
        since, until = common_days(region, body)
        if row["name"] in names and (since or date.min) <= (until or date.max):
            region.relate(body.key, "encloses", (since, until), row.source, row.at)


def region_of(body: BodyFacts) -> str:
    """The name of the region in the last edition of a footprint."""
    name = str(body.boundaries[-1].rest["region"])
    return REGIONS_OF_2016.get(name, name)


def read_region_succession(catalogue: Catalogue, row: Row) -> None:
    """Relate a region to those that followed it."""
    heirs = [region_key(each) for each in row.listed("successors")]
    relate_heirs(catalogue, row, region_key(row["ods_code"]), heirs)


def read_national_body(catalogue: Catalogue, row: Row) -> None:
    """Add a national body with the act that made it; its source gives a month or a year in words."""
    known = [
        row["act"],
        *(words_of_day(row, column) for column in ("opened", "closed")),
        row["note"],
        row.source,
    ]
    source = "; ".join(each for each in known if each)
    body = BodyFacts(national_key(row["id"]), "national_body", source, row.at)
    body.opened_on, body.closed_on = whole_day(row, "opened"), whole_day(row, "closed")
    body.change(body.opened_on, row["name"], form=row["kind"])
    catalogue.add(body)


def read_national_succession(catalogue: Catalogue, row: Row) -> None:
    """Relate a national body to those that took over its work."""
    heirs = [national_key(each) for each in row.listed("successors")]
    relate_heirs(catalogue, row, national_key(row["id"]), heirs)


def whole_day(row: Row, column: str) -> date | None:
    """The day in a column; a month or a year is none."""
    return row.day(column) if len(row[column]) == WHOLE_DAY else None


def words_of_day(row: Row, column: str) -> str:
    """What is known of a day, if only its month or year is."""
    return f"{column} in {row[column]}, the day is not known" if 0 < len(row[column]) < WHOLE_DAY else ""


def relate_heirs(catalogue: Catalogue, row: Row, key: str, heirs: list[str]) -> None:
    """Relate a body to those that followed it on the day after its last."""
    body = catalogue.find(key, key)
    since = body.closed_on + DAY if body.closed_on else None
    for heir in heirs:
        body.relate(catalogue.find(heir, heir).key, "succeeded_by", (since, None), row.source, row.at)
