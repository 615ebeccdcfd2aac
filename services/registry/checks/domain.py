"""Compare what a registry answers with control tables, and with itself.

Each check yields what it compared. What differs stands in `difference`, in words.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from pydantic import BaseModel

from services.registry.checks.api import RegistryApi
from services.registry.organisations.schemas import OrganisationOut

CONTROL = Path(__file__).with_name("control_counts.csv")
# The day up to which the control table knows.
DAY = "2026-11-30"
FOOTPRINTS = {"2016-04-01": 44, "2022-07-01": 42, "2023-04-01": 42, "2026-04-01": 36}
BOARDS_OPENED = "2022-07-01"
# Days on which each practice and trust must have one board: the first, the last before 2026, and today.
BOARD_DAYS = (BOARDS_OPENED, "2026-03-31", DAY)
WITH_BOARDS = ("nhs_trust", "gp_practice")
# Each body that has closed since was open on one of these days, so the check asks about all.
FORMER = {
    "nhs_trust": ("2016-04-01", "2020-03-01"),
    "ccg": ("2016-04-01", "2017-04-01", "2018-04-01", "2019-04-01", "2020-04-01", "2021-04-01"),
    "local_authority": ("2016-04-01", "2019-04-01", "2020-04-01", "2021-04-01"),
}
# No source says what became of these: a trust that never treated anybody.
WITHOUT_SUCCESSOR = {"R0C"}
SHARES_SUM = 0.001


class Control(BaseModel):
    """How many bodies of a kind are right on a day, and what others published."""

    kind: str
    day: str
    count: int
    published: str = ""
    published_by: str = ""
    why_they_differ: str = ""


class Checked(NamedTuple):
    """What was compared: what is right, what the registry says, and how that differs, if it does."""

    what: str
    right: str
    found: str
    difference: str | None = None
    note: str = ""


def read_control(path: Path = CONTROL) -> list[Control]:
    """The control table of counts by day."""
    with path.open(encoding="utf-8") as file:
        return [Control.model_validate(row) for row in csv.DictReader(file)]


def check_registry(api: RegistryApi) -> Iterator[Checked]:
    """Run all checks, one after the other."""
    yield from check_counts(api, read_control())
    yield from check_homes(api)
    yield from check_successions(api)
    yield from check_footprints(api)
    yield from check_places(api)


def compare(what: str, right: int, found: int, note: str = "") -> Checked:
    """What comes of comparing two counts."""
    difference = None if right == found else f"{what}: {right:,} is right, the registry says {found:,}"
    return Checked(what, f"{right:,}", f"{found:,}", difference, note)


def report_wrong(what: str, wrong: Sequence[str]) -> Checked:
    """What comes of a check in which nothing may be wrong."""
    listed = ", ".join(wrong[:10]) + (" …" if len(wrong) > 10 else "")
    return Checked(what, "0", f"{len(wrong):,}", f"{what}: {listed}" if wrong else None)


def check_counts(api: RegistryApi, control: Sequence[Control]) -> Iterator[Checked]:
    """Count the open bodies of each kind on each day of the control table."""
    for row in control:
        note = f"{row.published_by}: {row.published}. {row.why_they_differ}" if row.why_they_differ else ""
        found = sum(1 for _ in api.organisations(row.kind, row.day))
        yield compare(f"{row.kind} open on {row.day}", row.count, found, note)


def check_homes(api: RegistryApi) -> Iterator[Checked]:
    """Look for trusts and practices with no board or several, and sum the members of the boards."""
    for kind in WITH_BOARDS:
        for day in BOARD_DAYS:
            bodies = list(api.organisations(kind, day))
            homeless = [name_of(body) for body in bodies if body.footprint is None]
            yield report_wrong(f"{kind} without a board on {day}", homeless)
            seen: dict[object, int] = {}
            for board in api.footprints(day):
                for member in api.organisations(kind, day, footprint=str(board.id)):
                    seen[member.id] = seen.get(member.id, 0) + 1
            twice = [name_of(body) for body in bodies if seen.get(body.id, 0) > 1]
            yield report_wrong(f"{kind} with several boards on {day}", twice)
            total = len(bodies) - len(homeless)
            yield compare(f"{kind}: members of all boards on {day}", total, len(seen))


def check_successions(api: RegistryApi) -> Iterator[Checked]:
    """Look for closed trusts, groups and councils that nobody followed, or that followed themselves."""
    for kind, days in FORMER.items():
        former = {body.id: body for day in days for body in api.organisations(kind, day)}
        today = date.fromisoformat(DAY)
        closed = [body for body in former.values() if (body.valid_to or today) < today]
        lost, heirs = [], dict[UUID, list[UUID]]()
        for body in closed:
            lineage = api.organisation_lineage(body.id, DAY)
            heirs[body.id] = [heir.organisation.id for heir in lineage.successors]
            if not lineage.today and body.codes.ods not in WITHOUT_SUCCESSOR:
                lost.append(name_of(body))
        yield report_wrong(f"{kind} closed since 2016 without a successor, of {len(closed):,}", lost)
        circle = [name_of(former[each]) for each in find_circle(heirs) if each in former]
        yield report_wrong(f"{kind} closed since 2016 that succeeded itself", circle)


def find_circle(heirs: Mapping[UUID, Sequence[UUID]]) -> Sequence[UUID]:
    """The bodies along a way that leads back to its beginning; none when there is no such way."""
    try:
        TopologicalSorter(heirs).prepare()
    except CycleError as error:
        circle: Sequence[UUID] = error.args[1]
        return circle
    return ()


def check_footprints(api: RegistryApi) -> Iterator[Checked]:
    """Count the footprints of each edition, and sum the shares of their residents today."""
    for day, count in FOOTPRINTS.items():
        bodies = list(api.footprints(day))
        yield compare(f"footprints on {day}", count, len(bodies))
        wrong = []
        for body in bodies:
            total = sum(each.share for each in api.footprint_lineage(body.id, DAY).today)
            if abs(total - 1) > SHARES_SUM:
                wrong.append(f"{body.name}: {total:.3f}")
        yield report_wrong(f"footprints of {day} whose shares today do not sum to 1", wrong)


def check_places(api: RegistryApi) -> Iterator[Checked]:
    """Sum the shares of each council and of each of the last groups in the boards of today."""
    councils = [{"ons": body.codes.ons} for body in api.organisations("local_authority", DAY)]
    groups = [{"ccg": body.codes.ods} for body in api.organisations("ccg", "2021-04-01")]
    for what, places in (("council", councils), ("group of 2021", groups)):
        wrong = []
        for place, found in zip(places, api.places(places, DAY), strict=True):
            total = sum(each.share or 0.0 for each in found.candidates)
            if found.code or abs(total - 1) > SHARES_SUM:
                wrong.append(f"{place}: {found.code or round(total, 3)}")
        yield report_wrong(f"{what} whose shares in boards do not sum to 1, of {len(places):,}", wrong)


def name_of(body: OrganisationOut) -> str:
    """A body by its code, as a list of differences names it."""
    return f"{body.codes.ods or body.codes.ons} {body.name}"
