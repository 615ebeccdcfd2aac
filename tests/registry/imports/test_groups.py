"""Commissioning groups: how many there were, where they belonged, what they were called and what followed."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from services.registry.imports.facts import BodyFacts, Catalogue
from services.registry.imports.footprints import STP_CLOSED, read_footprints, stp_key
from services.registry.imports.groups import ccg_key, read_groups
from services.registry.imports.locations import location_key
from services.registry.imports.sources import gather_claims
from tests.registry.extract import DATA, Row, change, some_of
from tests.registry.imports.claims import said_of

COUNTS = {2016: 209, 2017: 207, 2018: 195, 2019: 191, 2020: 135, 2021: 106}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Return all bodies of the data."""
    return gather_claims(DATA)


def groups_on(catalogue: Catalogue, day: date) -> list[BodyFacts]:
    """Return the groups that were open on a day."""
    groups = (body for body in catalogue.bodies.values() if body.kind == "ccg")
    return [each for each in groups if (each.opened_on or day) <= day <= (each.closed_on or day)]


def partnerships_of(catalogue: Catalogue, code: str) -> list[tuple[str, date, date]]:
    """Return the partnerships of a group, with their days."""
    found = [
        each for each in said_of(catalogue.bodies[ccg_key(code)], "relation") if each.kind == "member_of"
    ]
    days = [(each.to_id, each.valid_from, each.valid_to) for each in found]
    return sorted(days, key=lambda each: (each[1], each[0]))


def heirs_of(catalogue: Catalogue, code: str) -> list[tuple[str, date | None, float | None]]:
    """Return what followed a group, with the day and the share."""
    found = said_of(catalogue.bodies[ccg_key(code)], "relation")
    return [(each.to_id, each.valid_from, each.share) for each in found if each.kind == "succeeded_by"]


@pytest.mark.parametrize(("year", "count"), COUNTS.items())
def test_as_many_groups_were_open_as_there_were(catalogue: Catalogue, year: int, count: int) -> None:
    assert len(groups_on(catalogue, date(year, 4, 1))) == count


def test_none_is_open_since_the_boards_are(catalogue: Catalogue) -> None:
    assert len(groups_on(catalogue, STP_CLOSED)) == 106
    assert groups_on(catalogue, date(2022, 7, 1)) == []


@pytest.mark.parametrize(
    ("code", "partnerships"),
    [
        ("02P", [(stp_key("QF7"), date(2016, 3, 15), date(2022, 6, 30))]),
        (
            "01H",
            [
                (stp_key("QE1"), date(2016, 3, 15), date(2017, 3, 31)),
                (stp_key("QT8"), date(2016, 3, 15), date(2018, 6, 7)),
                (stp_key("QHM"), date(2018, 6, 8), date(2022, 6, 30)),
            ],
        ),
        (
            "00J",
            [
                (stp_key("QMK"), date(2016, 3, 15), date(2017, 3, 31)),
                (stp_key("QVP"), date(2017, 4, 1), date(2018, 6, 7)),
                (stp_key("QHM"), date(2018, 6, 8), date(2020, 3, 31)),
            ],
        ),
        ("16C", [(stp_key("QHM"), date(2020, 4, 1), date(2022, 6, 30))]),
        ("00F", []),
    ],
)
def test_a_group_belonged_to_the_partnerships_of_each_edition(
    catalogue: Catalogue, code: str, partnerships: Sequence[object]
) -> None:
    assert partnerships_of(catalogue, code) == partnerships


def test_every_group_was_in_a_partnership_on_every_day_since_they_opened(catalogue: Catalogue) -> None:
    for day in (date(2016, 3, 15), date(2018, 6, 7), date(2018, 6, 8), date(2020, 3, 31), STP_CLOSED):
        for group in groups_on(catalogue, day):
            code = group.ods[0].value
            there = [to for to, since, until in partnerships_of(catalogue, code) if since <= day <= until]
            assert len(there) == (2 if code == "01H" and day.year == 2016 else 1), (code, day)
            assert all((catalogue.bodies[each].closed_on or day) >= day for each in there)


def test_a_name_and_a_code_change_with_their_edition(catalogue: Catalogue) -> None:
    group = catalogue.bodies[ccg_key("01K")]
    assert [(each.value, each.valid_from, each.valid_to) for each in group.names] == [
        ("NHS Lancashire North CCG", date(2013, 4, 1), date(2017, 3, 31)),
        ("NHS Morecambe Bay CCG", date(2017, 4, 1), STP_CLOSED),
    ]
    assert [(each.value, each.valid_from) for each in group.ons] == [
        ("E38000093", date(2013, 4, 1)),
        ("E38000216", date(2017, 4, 1)),
        ("E38000228", date(2018, 4, 1)),
    ]
    assert [each.value for each in group.ods] == ["01K"]


@pytest.mark.parametrize(
    ("code", "heirs"),
    [
        ("00C", [(ccg_key("16C"), date(2020, 4, 1), 1.0)]),
        ("00F", [(ccg_key("13T"), date(2015, 4, 1), 1.0)]),
        ("16C", [(location_key("16C"), date(2022, 7, 1), 1.0)]),
        (
            "D2P2L",
            [
                (location_key("15E"), date(2022, 7, 1), 0.1253),
                (location_key("D2P2L"), date(2022, 7, 1), 0.8747),
            ],
        ),
    ],
)
def test_a_group_is_followed_by_a_group_and_the_last_ones_by_locations(
    catalogue: Catalogue, code: str, heirs: Sequence[object]
) -> None:
    assert heirs_of(catalogue, code) == heirs


def test_area_may_pass_to_a_group_that_was_there_already(catalogue: Catalogue) -> None:
    found = [
        (body.key, each.to_id, each.valid_from, each.share)
        for body in catalogue.bodies.values()
        if body.kind == "ccg"
        for each in said_of(body, "relation")
        if each.kind == "area_passed_to"
    ]
    assert len(found) == 4
    assert (ccg_key("01H"), ccg_key("01K"), date(2017, 4, 1), 0.3685) in found


def test_every_group_has_heirs_that_open_on_the_day_after_it_closed(catalogue: Catalogue) -> None:
    for group in (body for body in catalogue.bodies.values() if body.kind == "ccg"):
        heirs = heirs_of(catalogue, group.ods[0].value)
        assert sum(share or 0 for _, _, share in heirs) == pytest.approx(1, abs=0.001), group.key
        for heir, since, _ in heirs:
            assert group.closed_on is not None
            assert since is not None
            assert (since - group.closed_on).days == 1
            assert (catalogue.bodies[heir].opened_on or since) <= since


def test_a_group_that_closed_before_the_boards_opened_was_followed_by_no_location(
    tmp_path: Path,
) -> None:
    names = [path.name for path in DATA.glob("*.csv*")]
    folder = some_of(DATA, tmp_path / "wrong", *names)
    row = {"ccg_2021_ods": "00C", "sub_icb_2022_ods": "16C", "share_of_ccg_2021": "1", "residents_2021": "1"}
    change(folder, "ccg_2021_to_sub_icb.csv", lambda row: row, more=[row])
    made = gather_claims(folder)
    assert "commissioning group 00C had closed before the boards opened" in {
        each.reason for each in made.rejected
    }
    assert len(heirs_of(made, "00C")) == 1


def test_of_several_heirs_no_share_is_claimed(tmp_path: Path) -> None:
    folder = some_of(DATA, tmp_path / "several", *(path.name for path in DATA.glob("*.csv")))

    def edit(row: Row) -> Row:
        return row | {"successors": "16C;84H"} if row["ods_code"] == "00C" else row

    change(folder, "ccgs.csv", edit)
    made = Catalogue()
    read_footprints(folder, made)
    read_groups(folder, made)
    day = date(2020, 4, 1)
    assert heirs_of(made, "00C") == [(ccg_key("16C"), day, None), (ccg_key("84H"), day, None)]
    assert made.rejected == []
