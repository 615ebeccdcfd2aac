"""Leaders of 2016 to 2019 and of 2026, and the clusters of boards of 2025 and 2026."""

from datetime import date
from types import SimpleNamespace

import pytest

from services.registry.imports.facts import Catalogue, Unusable
from services.registry.imports.files import Origin, Row
from services.registry.imports.footprints import icb_key, stp_key
from services.registry.imports.leaders import NO_DAY, read_board_leader, read_cluster
from services.registry.imports.sources import gather_claims
from tests.fixtures.clients import ServiceClient
from tests.registry.extract import DATA
from tests.registry.imports.claims import said_of

CLUSTER = {
    "members": "",
    "member_ods_codes": "QHL",
    "status_as_reported": "agreed",
    "reported_date": "",
    "note": "",
}
LEADERS = "icb_leaders_2026.csv"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Return all bodies of the data."""
    return gather_claims(DATA)


def held_in(catalogue: Catalogue, key: str, year: int, role: str) -> SimpleNamespace:
    """Return the last that a year's pages say of a role."""
    found = said_of(catalogue.bodies[key], "appointment")
    return [each for each in found if each.known_on.year == year and each.role == role][-1]


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


def test_what_was_agreed_is_shared_with_the_other_members(catalogue: Catalogue) -> None:
    held = next(
        each
        for each in said_of(catalogue.bodies[icb_key("QHL")], "appointment")
        if each.known_on == date(2025, 7, 14)
    )
    assert (held.role, held.status, held.holder) == ("chair and chief executive", "shared", None)
    assert held.shared_with == [icb_key("QUA")]
    assert held.note == (
        "cluster of Birmingham and Solihull; Black Country; as reported: agreed; "
        "a cluster shares leadership; each ICB stays a separate legal body"
    )


def test_what_was_only_thought_about_is_not_announced(catalogue: Catalogue) -> None:
    held = said_of(catalogue.bodies[icb_key("QJ2")], "appointment")[0]
    assert (held.status, held.known_on) == ("not_announced", date(2025, 6, 1))
    assert held.shared_with == [icb_key("QT1"), icb_key("QJM")]
    assert held.source.startswith("https://")


@pytest.mark.parametrize(
    ("code", "known_on", "others"),
    [
        ("QHL", date(2025, 9, 1), ["QUA"]),
        ("QK1", date(2025, 8, 14), ["QPM"]),
        ("QT1", date(2025, 11, 1), ["QJ2", "QJM"]),
        ("QOC", date(2026, 1, 30), ["QNC"]),
        ("QVV", date(2025, 6, 25), ["QOX", "QSL"]),
    ],
)
def test_a_cluster_is_known_for_the_day_of_its_newest_page(
    catalogue: Catalogue, code: str, known_on: date, others: list[str]
) -> None:
    held = held_in(catalogue, icb_key(code), known_on.year, "chair and chief executive")
    assert (held.status, held.known_on) == ("shared", known_on)
    assert held.shared_with == [icb_key(each) for each in others]


def test_no_cluster_is_said_twice_for_one_day(catalogue: Catalogue) -> None:
    for body in catalogue.bodies.values():
        days = [each.known_on for each in said_of(body, "appointment") if " and " in each.role]
        assert len(days) == len(set(days))


def test_a_report_without_a_day_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(Unusable, match="day of the report is missing"):
        read_cluster(catalogue, Row(CLUSTER, Origin("icb_clusters_2025.csv", 2)))


def test_thirty_three_leaders_of_twenty_one_boards_are_named(catalogue: Catalogue) -> None:
    named = {
        (body.key, claim.says["role"]): claim.says["holder"]
        for body in catalogue.bodies.values()
        for claim in body.claims
        if claim.at.file == LEADERS
    }
    assert len(named) == 33
    assert sum(role == "chair" for _, role in named) == 17
    assert len({key for key, _ in named}) == 21
    assert all(named.values())


def test_a_page_without_a_day_names_nobody(catalogue: Catalogue) -> None:
    (line,) = [line for line in catalogue.rejected if line.file == LEADERS]
    assert line.reason == "the page that names Priya Singh has no day"


def test_a_leader_has_the_day_of_the_page_and_of_the_beginning(catalogue: Catalogue) -> None:
    held = held_in(catalogue, icb_key("QJK"), 2025, "chair")
    assert (held.holder, held.as_published, held.status) == ("John Govett", None, "confirmed")
    assert (held.held_from, held.known_on) == (date(2025, 9, 1), date(2025, 9, 1))
    assert held.shared_with == [icb_key("QT6")]


@pytest.mark.parametrize(
    ("code", "role", "known_on", "said"),
    [
        ("QUA", "chief executive", date(2025, 1, 1), ["the source gives only the year 2025"]),
        ("QJ2", "chair and chief executive", date(2025, 11, 1), ["the source gives only the month 2025-11"]),
        ("QOC", "chair and chief executive", date(2026, 1, 30), []),
    ],
)
def test_a_year_or_a_month_stands_for_its_first_day_and_says_so(
    catalogue: Catalogue, code: str, role: str, known_on: date, said: list[str]
) -> None:
    held = held_in(catalogue, icb_key(code), known_on.year, role)
    assert held.known_on == known_on
    doubts = [each for each in (held.note or "").split("; ") if each.startswith(NO_DAY)]
    assert doubts == said


def test_what_a_page_says_besides_is_kept_in_its_words(catalogue: Catalogue) -> None:
    acting = held_in(catalogue, icb_key("QWO"), 2025, "chair")
    assert acting.status == "interim"
    assert acting.as_published == "Nadira Mirza (acting, six months from 1 June 2025)"
    before = held_in(catalogue, icb_key("T6Y0W", "2026-04-01"), 2025, "chief executive")
    assert before.as_published == "Ed Garratt (chief executive of both predecessor boards)"


def test_what_was_not_found_adds_nothing() -> None:
    read_board_leader(Catalogue(), Row({"status": "not found"}, Origin(LEADERS, 2)))


async def test_an_old_page_names_who_was_known_last_and_nobody_who_is_current(
    registry: ServiceClient,
) -> None:
    then = await registry.get("/v1/footprints/ods:QNC", params={"as_of": "2026-03-01"})
    assert {(each["role"], each["holder"]) for each in then.json()["leaders"]} >= {
        ("chair", "Ian Green"),
        ("chief executive", "Simon Whitehouse"),
    }
    now = (await registry.get("/v1/footprints/ods:QNC", params={"as_of": "2026-11-30"})).json()
    assert now["leaders"] == []
    (gap,) = [each for each in now["not_known"] if each["what"] == "leader"]
    assert gap["last_known"].startswith("Ian Green, chair of NHS Staffordshire")
    assert gap["last_known_on"] == "2026-01-30"
    essex = (await registry.get("/v1/footprints/ods:D7T5G", params={"as_of": "2026-11-30"})).json()
    (gap,) = [each for each in essex["not_known"] if each["what"] == "leader"]
    assert gap["last_known"].endswith(" (the source gives only the year 2025)")
    assert gap["last_known_on"] == "2025-01-01"
