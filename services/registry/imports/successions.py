"""What became of organisations: who took over from whom, and what a trust was called before.

Each function reads one row of a file (see `sources.py`).
"""

from datetime import date, timedelta

from services.registry.imports.facts import BodyFacts, Catalogue, Dated
from services.registry.imports.files import Row
from services.registry.imports.footprints import BOARDS_OPENED

# The beginning of the key of each kind that `ods_successions.csv` speaks of. What became of groups, councils
# and boards stands in other files.
FAMILIES = {
    "nhs_trust": "trust/{}",
    "care_trust": "trust/{}",
    "sub_icb_location": f"sub_icb/{{}}/{BOARDS_OPENED}",
}
DAY = timedelta(days=1)


def read_succession(catalogue: Catalogue, row: Row) -> None:
    """Relate a body to the one that took over from it; one that stayed open passed some services on.

    A row of ODS itself names no kinds: it is about trusts when both are known. ODS gives now the first day of
    the successor, now the last of the predecessor: what counts is the first.
    """
    kinds = row["predecessor_kind"] or "nhs_trust", row["successor_kind"] or "nhs_trust"
    codes = row["predecessor"], row["successor"]
    keys = [FAMILIES[kind].format(code) for kind, code in zip(kinds, codes, strict=True)]
    if not row["predecessor_kind"] and not all(map(catalogue.knows, keys)):
        return
    before, after = (catalogue.find(key, key) for key in keys)
    on, closed_on = row.day("effective_on"), before.closed_on
    if on and on == closed_on:
        on += DAY
    has_closed = closed_on is not None and on is not None and closed_on < on
    kind = "succeeded_by" if has_closed else "services_passed_to"
    before.relate(after.key, kind, (on, None), row.source, row.at, note=row["note"])


def read_renaming(catalogue: Catalogue, row: Row) -> None:
    """Give a trust one of its names, in the order in which it had them, the first one since it opened.

    Where no source gives the day of the change, it lies between the days on which registers showed the one
    name last and the other first: the name holds from the later day, and not before the earlier one. A name
    that only the register has comes last.
    """
    body = catalogue.find(FAMILIES[row["kind"]].format(row["code"]), f"trust {row['code']}")
    registered, before = catalogue.renamed.get(body.key, (body.names[-1].value, None))
    catalogue.renamed[body.key] = registered, row
    if before is None:
        body.names[:] = [Dated(row["name"], body.opened_on, body.closed_on)]
    else:
        if body.names[-1].value == registered:
            body.names.pop()
        rename(body, row["name"], before, row.day("from"), row.day("seen_first"))
    if row["name"].casefold() != registered.casefold():
        rename(body, registered, row, None, None)


def rename(body: BodyFacts, name: str, before: Row, start: date | None, seen_first: date | None) -> None:
    """Let a body have a name after that of the row before: from a day, or from when registers show it."""
    if start is None and (last_day := before.day("until")):
        start = last_day + DAY
    not_before = None
    if start is None and (start := seen_first or body.as_of) and (last_seen := before.day("seen_last")):
        not_before = last_seen + DAY
    if start is not None:
        body.names[-1].valid_to = start - DAY
        body.names.append(Dated(name, start, body.closed_on, {"not_before": not_before}))
