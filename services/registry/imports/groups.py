"""Clinical commissioning groups from 2013 to 2022: their days, names and codes, and what became of each.

A group is recognised by its ODS code, which was never given twice; its ONS code changed with its boundary.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from services.registry.imports.facts import BodyFacts, Catalogue, Unusable
from services.registry.imports.files import Column, Row, read_rows
from services.registry.imports.footprints import BOARDS_OPENED, STP_CLOSED, STP_OPENED, stp_key
from services.registry.imports.locations import find_location

FILES = ("ccgs.csv", "ccg_editions.csv")
# The first groups opened on this day. It is in the key of every group, so that imports recognise older ones.
FIRST_OPENED = date(2013, 4, 1)
FORM = "clinical commissioning group"


def ccg_key(ods: str) -> str:
    """The key of a clinical commissioning group."""
    return f"ccg/{ods}/{FIRST_OPENED}"


def find_group(catalogue: Catalogue, code: str) -> BodyFacts:
    """The commissioning group with an ODS code; Unusable when it is not known."""
    return catalogue.find(ccg_key(code), f"commissioning group {code}")


def read_groups(folder: Path, catalogue: Catalogue) -> None:
    """Add all groups of the register, then what each became.

    Three of them closed before there were partnerships: 13T was made of them.
    """
    editions: dict[str, list[Row]] = {}
    for row in read_rows(folder, "ccg_editions.csv", Column("stp_source")):
        editions.setdefault(row["ods_code"], []).append(row)
    groups = list(read_rows(folder, "ccgs.csv", Column("source")))
    for row in groups:
        with catalogue.using(row):
            add_group(catalogue, row, editions.get(row["ods_code"], []))
    for row in groups:
        # Another file says which locations of boards followed the last groups.
        if row["successor_kind"] == "ccg":
            with catalogue.using(row):
                succeed_group(catalogue, row)


def add_group(catalogue: Catalogue, row: Row, editions: Sequence[Row]) -> None:
    """Add a group with the names, codes and partnerships of each edition of 1 April."""
    ods, opened = row["ods_code"], row.day("opened")
    body = BodyFacts(ccg_key(ods), "ccg", row.source, row.at, opened_on=opened, closed_on=row.day("closed"))
    for edition in editions:
        day = edition.day("edition") if body.names else opened
        body.change(day, edition["name"], ods=ods, ons=edition["ons_code"], form=FORM)
    if not body.names:
        body.change(opened, row["name"], ods=ods, form=FORM)
    join_partnerships(catalogue, catalogue.add(body), editions)


def join_partnerships(catalogue: Catalogue, group: BodyFacts, editions: Sequence[Row]) -> None:
    """Make a group a member of the partnerships of each edition, until the next says otherwise.

    An edition may name one that opened some months later: the group stayed where it was until then.
    """
    joined: dict[str, tuple[date, BodyFacts, Row]] = {}
    for row in editions:
        day = row.day("edition") if joined else group.opened_on
        homes = [catalogue.find(stp_key(ods), f"footprint {ods}") for ods in row["stp_ods"].split(";")]
        new = [home for home in homes if home.key not in joined]
        since = max([STP_OPENED, day or STP_OPENED, *(home.opened_on or STP_OPENED for home in new)])
        for key in joined.keys() - {home.key for home in homes}:
            leave_partnership(group, joined.pop(key), since - timedelta(days=1))
        joined |= {home.key: (since, home, row) for home in new}
    for membership in joined.values():
        leave_partnership(group, membership, group.closed_on)


def leave_partnership(
    group: BodyFacts, membership: tuple[date, BodyFacts, Row], last_day: date | None
) -> None:
    """Say how long a group was a member of a partnership: until a day, or until the partnership closed."""
    since, partnership, row = membership
    ends = min((day for day in (last_day, partnership.closed_on) if day), default=None)
    group.relate(partnership.key, "member_of", (since, ends), row.source, row.at)


def succeed_group(catalogue: Catalogue, row: Row) -> None:
    """Relate a group that merged with others to the one that followed it."""
    group, heirs = find_group(catalogue, row["ods_code"]), row["successors"].split(";")
    # The register does not say which share each of several heirs took.
    share = 1.0 if len(heirs) == 1 else None
    for code in heirs:
        heir, period = find_group(catalogue, code), (row.day("succeeded_on"), None)
        group.relate(heir.key, "succeeded_by", period, row.source, row.at, share=share)


def read_last_succession(catalogue: Catalogue, row: Row) -> None:
    """Relate one of the last groups to a location that followed it, with the share of its residents."""
    code, share = row["ccg_2021_ods"], row.share("share_of_ccg_2021")
    group, heir = find_group(catalogue, code), find_location(catalogue, row["sub_icb_2022_ods"])
    if group.closed_on != STP_CLOSED:
        raise Unusable(f"commissioning group {code} had closed before the boards opened")
    group.relate(heir.key, "succeeded_by", (BOARDS_OPENED, None), row.source, row.at, share=share)


def read_area_passed(catalogue: Catalogue, row: Row) -> None:
    """Relate a group to another that took over some of its area while both stayed open."""
    group, other = find_group(catalogue, row["ccg_ods"]), find_group(catalogue, row["to_ccg_ods"])
    period, share = (row.day("passed_on"), None), row.share("share_of_ccg")
    group.relate(other.key, "area_passed_to", period, row.source, row.at, share=share)
