"""Leaders, contacts and partners of 2016 to 2019, and the clusters of boards of 2025."""

from datetime import date

import pytest

from services.registry.imports.facts import Catalogue, Unusable, words_of_council
from services.registry.imports.files import Origin, Row
from services.registry.imports.footprints import icb_key, stp_key
from services.registry.imports.partnerships import TRUSTS_LISTED_ON, read_cluster
from services.registry.imports.sources import gather_claims
from tests.registry.extract import DATA
from tests.registry.imports.claims import said_of

CLUSTER = {"member_ods_codes": "QHL", "status_as_reported": "agreed", "reported_date": "2025-07-14"}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Return all bodies of the data."""
    return gather_claims(DATA)


def test_twenty_leaders_of_2016_are_named(catalogue: Catalogue) -> None:
    named = [
        held
        for body in catalogue.bodies.values()
        for held in said_of(body, "appointment")
        if held.holder and held.known_on.year == 2016
    ]
    assert len(named) == 20


def test_what_was_not_found_is_no_appointment(catalogue: Catalogue) -> None:
    assert all(
        held.known_on.year >= 2018 for held in said_of(catalogue.bodies[stp_key("QOC")], "appointment")
    )


def test_to_be_confirmed_is_dated_by_what_the_source_says(catalogue: Catalogue) -> None:
    statuses = {
        held.known_on: held.status for held in said_of(catalogue.bodies[stp_key("QOQ")], "appointment")
    }
    assert statuses == {
        date(2016, 3, 30): "not_announced",
        date(2017, 1, 1): "confirmed",
        date(2019, 4, 3): "confirmed",
    }


def test_only_text_is_kept_as_text(catalogue: Catalogue) -> None:
    last = said_of(catalogue.bodies[stp_key("QOP")], "appointment")[-1]
    assert last.holder is None
    assert last.as_published
    assert last.as_published.startswith("Eamonn Boylan")


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


def test_a_trust_known_from_2019_alone_has_closed_since(catalogue: Catalogue) -> None:
    assert catalogue.bodies["trust/RBA"].closed_on == TRUSTS_LISTED_ON


def test_healthwatch_that_are_known_watch_their_council(catalogue: Catalogue) -> None:
    body = catalogue.bodies["healthwatch/healthwatch suffolk"]
    assert "council/E10000029" in {each.to_id for each in said_of(body, "relation")}


def test_what_was_agreed_is_shared_with_the_other_members(catalogue: Catalogue) -> None:
    (held,) = said_of(catalogue.bodies[icb_key("QHL")], "appointment")
    assert (held.status, held.holder, held.known_on) == ("shared", None, date(2025, 7, 14))
    assert held.shared_with == [icb_key("QUA")]
    assert held.note == (
        "cluster of Birmingham and Solihull; Black Country; as reported: agreed; "
        "a cluster shares leadership; each ICB stays a separate legal body"
    )


def test_what_was_only_thought_about_is_not_announced(catalogue: Catalogue) -> None:
    (held,) = said_of(catalogue.bodies[icb_key("QJ2")], "appointment")
    assert (held.status, held.known_on) == ("not_announced", date(2025, 6, 1))
    assert held.shared_with == [icb_key("QT1"), icb_key("QJM")]
    assert held.source.startswith("https://")


def test_eighteen_boards_are_in_the_eight_clusters(catalogue: Catalogue) -> None:
    found = [
        held
        for body in catalogue.bodies.values()
        for held in said_of(body, "appointment")
        if held.known_on.year == 2025
    ]
    assert len(found) == 18
    assert sum(held.status == "shared" for held in found) == 8


def test_a_report_without_a_day_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(Unusable, match="day of the report is missing"):
        read_cluster(catalogue, Row(CLUSTER | {"reported_date": ""}, Origin("icb_clusters_2025.csv", 2)))
