"""Contacts and partners of 2018 and 2019."""

from datetime import date

import pytest

from services.registry.imports.facts import Catalogue, words_of_council
from services.registry.imports.files import Origin, Row
from services.registry.imports.footprints import read_footprints, stp_key
from services.registry.imports.partnerships import TRUSTS_LISTED_ON, read_partner
from services.registry.imports.sources import gather_claims
from tests.registry.extract import DATA
from tests.registry.imports.claims import said_of


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Return all bodies of the data."""
    return gather_claims(DATA)


def test_contacts_carry_the_day_of_their_source(catalogue: Catalogue) -> None:
    found = {(each.channel, each.known_on) for each in said_of(catalogue.bodies[stp_key("QVP")], "contact")}
    assert found == {("email", date(2018, 6, 7)), ("web", date(2018, 6, 7))}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("London Borough of Sutton Council", "Sutton London Borough Council"),
        ("Swindon Borough Council (Unitary)", "Swindon Borough Council"),
        ("GATESHEAD METROPOLITAN BOROUGH COUNCIL", "Gateshead Council"),
    ],
)
def test_councils_are_told_by_the_words_that_matter(one: str, other: str) -> None:
    assert words_of_council(one) == words_of_council(other)


@pytest.mark.parametrize(("code", "closed"), [("RZZ", TRUSTS_LISTED_ON), ("TZZ", None)])
def test_only_a_register_that_would_list_a_trust_closes_it(code: str, closed: date | None) -> None:
    made = Catalogue()
    read_footprints(DATA, made)
    partner = {
        "member_type": "nhs_trust",
        "member_name": "Trust",
        "member_ods_code": code,
        "register_name": "",
    }
    row = partner | {"footprint_ods_code": "QWO", "as_of": "2019-04-03"}
    read_partner(made, Row(row, Origin("footprint_partners_2019.csv", 2), "test"))
    trust = made.bodies[f"trust/{code}"]
    assert (trust.closed_on, trust.is_closing_day_known) == (closed, closed is None)


def test_a_council_of_then_is_found_where_its_successor_has_the_code_today(catalogue: Catalogue) -> None:
    joined = said_of(catalogue.bodies["council/E10000002"], "relation")
    assert (stp_key("QU9"), date(2019, 4, 3)) in {(each.to_id, each.valid_from) for each in joined}


def test_a_partner_that_had_closed_is_one_on_its_last_day(catalogue: Catalogue) -> None:
    (joined,) = [
        each
        for each in said_of(catalogue.bodies["council/E06000029"], "relation")
        if each.kind == "member_of"
    ]
    assert joined.to_id == stp_key("QVV")
    assert joined.valid_from == joined.valid_to == date(2019, 3, 31)


def test_bolton_is_not_in_the_north_east(catalogue: Catalogue) -> None:
    joined = {each.to_id for each in said_of(catalogue.bodies["trust/RMC"], "relation")}
    assert stp_key("QOP") in joined
    assert not joined & {stp_key("QHM"), stp_key("QMK")}


def test_no_row_of_the_partners_is_left_unread(catalogue: Catalogue) -> None:
    assert [line for line in catalogue.rejected if line.file == "footprint_partners_2019.csv"] == []
