"""Healthwatch: which there are, of which council, and which took over from which.

Each function reads one row of a file (see `sources.py`).
"""

from datetime import date, timedelta

from services.registry.imports.councils import common_days, council_key
from services.registry.imports.facts import BodyFacts, Catalogue, Dated
from services.registry.imports.files import Row

KIND = "healthwatch"


def watch_key(name: str) -> str:
    """The key of a Healthwatch: it has no code."""
    return f"healthwatch/{name.lower()}"


def read_watch(catalogue: Catalogue, row: Row) -> None:
    """Add a Healthwatch with its days, a member of its council's area, and what it replaced."""
    since, until, source = row.day("from"), row.day("until"), f"{row.source}, {row['source_date']}"
    body = add_watch(catalogue, row, row["healthwatch_name"], source)
    set_days(body, since or body.opened_on, until or body.closed_on)
    join_area(catalogue, row, body, source)
    for name in row.listed("replaces"):
        before = add_watch(catalogue, row, name, source)
        # Where no day is given, it had closed by the day of the page that names the new one.
        first = since or row.day("source_date")
        if before.closed_on is None and first:
            set_days(before, before.opened_on, first - timedelta(days=1))
            before.is_closing_day_known = since is not None
        start = before.closed_on + timedelta(days=1) if before.closed_on else None
        before.relate(body.key, "succeeded_by", (start, None), source, row.at)


def add_watch(catalogue: Catalogue, row: Row, name: str, source: str) -> BodyFacts:
    """The Healthwatch of a name, added where no row named it before."""
    new = BodyFacts(watch_key(name), KIND, source, row.at, names=[Dated(name)])
    new.named_on = row.day("source_date")
    return catalogue.add(new)


def set_days(body: BodyFacts, opened_on: date | None, closed_on: date | None) -> None:
    """Let a Healthwatch have its name from its first to its last day."""
    body.opened_on, body.closed_on = opened_on, closed_on
    body.names[0].valid_from, body.names[0].valid_to = opened_on, closed_on


def read_watch_area(catalogue: Catalogue, row: Row) -> None:
    """Make a Healthwatch a member of its council's area; only a few rows name one."""
    if not (name := row["healthwatch_name"]):
        return
    new = BodyFacts(watch_key(name), KIND, row.source, row.at, names=[Dated(name)])
    body = catalogue.find_elsewhere(new.key, row.at.file) or catalogue.add(new)
    area = catalogue.find(council_key(row["area_ons_code"]), f"council {row['area_ons_code']}")
    if area.key not in {claim.says.get("to_id") for claim in body.claims} | body.member_elsewhere:
        join_area(catalogue, row, body, row.source)


def join_area(catalogue: Catalogue, row: Row, body: BodyFacts, source: str) -> None:
    """Make a Healthwatch a member of the area of a council, as long as there are both."""
    area = catalogue.find(council_key(row["area_ons_code"]), f"council {row['area_ons_code']}")
    body.relate(area.key, "member_of", common_days(body, area), source, row.at)
