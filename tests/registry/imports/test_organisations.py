"""Organisations of the data: what they are and where they belong."""

from datetime import date
from itertools import pairwise

import pytest

from services.registry.imports.facts import Catalogue, Unusable
from services.registry.imports.files import Origin, Row, read_rows
from services.registry.imports.footprints import icb_key
from services.registry.imports.groups import ccg_key
from services.registry.imports.locations import location_key
from services.registry.imports.organisations import add_provider, read_organisation
from services.registry.imports.sources import gather_claims
from tests.registry.extract import DATA
from tests.registry.imports.claims import said_of


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Return all bodies of the data."""
    return gather_claims(DATA)


def members_of(catalogue: Catalogue, key: str) -> list[tuple[str, date | None, date | None]]:
    """Return what a body is a member of."""
    found = said_of(catalogue.bodies[key], "relation")
    return [(each.to_id, each.valid_from, each.valid_to) for each in found if each.kind == "member_of"]


def test_a_trust_follows_its_board_into_the_next(catalogue: Catalogue) -> None:
    assert members_of(catalogue, "trust/G6V2S") == [
        (icb_key("QMJ"), date(2024, 11, 1), date(2026, 3, 31)),
        (icb_key("Z9B2Z", "2026-04-01"), date(2026, 4, 1), None),
    ]


def test_a_trust_that_closed_is_in_no_later_board(catalogue: Catalogue) -> None:
    found = catalogue.bodies["trust/RAP"]
    assert found.closed_on == date(2024, 12, 31)
    assert members_of(catalogue, "trust/RAP")[0] == (icb_key("QMJ"), date(2022, 7, 1), date(2024, 12, 31))
    assert {to.partition("/")[0] for to, _, _ in members_of(catalogue, "trust/RAP")} == {"icb", "stp"}


def test_a_practice_across_a_border_has_the_board_of_the_register_alone(catalogue: Catalogue) -> None:
    assert members_of(catalogue, "practice/C82040") == [
        (icb_key("QT1"), date(2022, 7, 1), None),
        (location_key("52R"), date(2022, 7, 1), None),
        (ccg_key("52R"), date(2020, 4, 1), date(2022, 6, 30)),
    ]


def test_a_practice_leaves_a_board_that_passes_it_to_another(catalogue: Catalogue) -> None:
    assert members_of(catalogue, "practice/H81013") == [
        (icb_key("QNQ"), date(2022, 7, 1), date(2026, 3, 31)),
        (icb_key("S9B9J", "2026-04-01"), date(2026, 4, 1), None),
        (location_key("D4U1Y"), date(2022, 7, 1), date(2026, 3, 31)),
        (location_key("92A"), date(2026, 4, 1), None),
        (ccg_key("D4U1Y"), date(2021, 4, 1), date(2022, 6, 30)),
    ]


def test_nobody_has_two_boards_at_once(catalogue: Catalogue) -> None:
    for key in catalogue.bodies:
        if key.startswith(("trust/", "practice/")):
            boards = [(since, until) for to, since, until in members_of(catalogue, key) if to[:4] == "icb/"]
            for (_, ended), (begun, _) in pairwise(sorted(boards, key=str)):
                assert (ended or date.max) < (begun or date.min), key


def test_a_practice_that_closed_was_a_member_of_its_group_until_then(catalogue: Catalogue) -> None:
    found = catalogue.bodies["practice/A81003"]
    assert (found.closed_on, found.is_closing_day_known) == (date(2017, 10, 31), True)
    assert members_of(catalogue, "practice/A81003") == [
        (ccg_key("00K"), date(2013, 4, 1), date(2017, 10, 31))
    ]


def test_a_closed_row_without_a_day_had_closed_by_the_day_of_the_file(catalogue: Catalogue) -> None:
    row = next(row for row in read_rows(DATA, "organisations.csv", "test") if row["ods_code"] == "RX6")
    made = Catalogue(catalogue.bodies)
    row.update(status="inactive", close_date="", as_of="2026-09-30")
    body = add_provider(made, row)
    assert (body.closed_on, body.is_closing_day_known) == (date(2026, 9, 30), False)


@pytest.mark.parametrize(
    ("day", "trusts", "practices"),
    [
        (date(2016, 4, 1), 239, 7_915),
        (date(2018, 1, 31), None, 7_570),
        (date(2019, 4, 1), 226, None),
        (date(2020, 4, 1), 218, None),
        (date(2021, 4, 1), 215, None),
        (date(2022, 6, 30), None, 6_623),
        (date(2025, 7, 15), 205, None),
        (date(2026, 3, 2), None, 6_255),
        (date(2026, 11, 30), 202, None),
    ],
)
def test_as_many_are_open_on_a_day_as_registers_counted(
    catalogue: Catalogue, day: date, trusts: int | None, practices: int | None
) -> None:
    for kind, count in (("nhs_trust", trusts), ("gp_practice", practices)):
        found = [
            body
            for body in catalogue.bodies.values()
            if body.kind == kind and (body.opened_on or day) <= day <= (body.closed_on or day)
        ]
        assert count in (None, len(found))


def test_legal_forms_are_read_from_names(catalogue: Catalogue) -> None:
    assert catalogue.bodies["trust/RX6"].legal_forms[0].value == "NHS foundation trust"
    assert catalogue.bodies["trust/RAP"].legal_forms[0].value == "NHS trust"


def test_every_relation_leads_to_a_body_with_a_name(catalogue: Catalogue) -> None:
    for body in catalogue.bodies.values():
        assert body.names[0].value
        assert all(each.to_id in catalogue.bodies for each in said_of(body, "relation"))


@pytest.mark.parametrize("org_type", ["", "neighbourhood_team"])
def test_a_kind_of_organisation_that_is_not_known_is_refused(catalogue: Catalogue, org_type: str) -> None:
    row = Row({"ods_code": "X99", "org_type": org_type}, Origin("organisations.csv", 2))
    with pytest.raises(Unusable, match="is not known"):
        read_organisation(catalogue, row)


def test_rows_that_other_files_say_better_are_left_to_them(catalogue: Catalogue) -> None:
    before = len(catalogue.bodies)
    read_organisation(catalogue, Row({"ods_code": "QHM", "org_type": "icb"}, Origin("organisations.csv", 3)))
    assert len(catalogue.bodies) == before


def test_a_postcode_alone_is_no_address(catalogue: Catalogue) -> None:
    assert "post" not in {each.channel for each in said_of(catalogue.bodies["trust/TAJ"], "contact")}
    assert "post" in {each.channel for each in said_of(catalogue.bodies["trust/RX6"], "contact")}
