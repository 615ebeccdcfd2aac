"""Footprints over HTTP: which there were on a day, one with its doors, and who belongs to it."""

from typing import Any

import pytest

from tests.fixtures.clients import ServiceClient
from tests.registry.conftest import statements


async def listed(registry: ServiceClient, path: str, **query: Any) -> list[dict[str, Any]]:
    """Return all of a list, page by page."""
    found: list[dict[str, Any]] = []
    answer = await registry.get(path, params=query)
    while True:
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found += body["items"]
        if body["next"] is None:
            return found
        assert answer.headers["Link"] == f'<{body["next"]}>; rel="next"'
        answer = await registry.get(body["next"])


@pytest.mark.parametrize(
    ("day", "count", "edition"),
    [
        ("2016-03-14", 0, None),
        ("2016-04-01", 44, "STP2016"),
        ("2018-06-07", 44, "STP2017"),
        ("2018-06-08", 42, "STP2017"),
        ("2022-06-30", 42, "STP2020"),
        ("2022-07-01", 42, "ICB2022"),
        ("2023-04-01", 42, "ICB2023"),
        ("2026-03-31", 42, "ICB2023"),
        ("2026-04-01", 36, "ICB2026"),
    ],
)
async def test_how_many_there_were_is_counted_never_written_down(
    registry: ServiceClient, day: str, count: int, edition: str | None
) -> None:
    found = await listed(registry, "/v1/footprints", as_of=day, limit=20)
    assert len(found) == len({each["id"] for each in found}) == count
    assert {each["edition"] for each in found} <= {edition, "STP2018"}


@pytest.mark.parametrize(
    ("edition", "count"),
    [("STP2016", 44), ("STP2017", 44), ("stp2020", 42), ("ICB2022", 42), ("ICB2023", 42), ("ICB2026", 36)],
)
async def test_an_edition_alone_means_its_first_day(
    registry: ServiceClient, edition: str, count: int
) -> None:
    found = await listed(registry, "/v1/footprints", edition=edition, limit=200)
    assert len(found) == count
    assert {each["edition"] for each in found} == {edition.upper()}


async def test_a_family_is_asked_about_on_a_day(registry: ServiceClient) -> None:
    assert await listed(registry, "/v1/footprints", edition="STP", as_of="2026-04-01") == []
    assert len(await listed(registry, "/v1/footprints", edition="ICB", as_of="2026-04-01")) == 36


async def test_an_unknown_edition_is_422_naming_the_field(registry: ServiceClient) -> None:
    answer = await registry.get("/v1/footprints", params={"edition": "STP1999"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/query/edition"


async def test_words_find_names_by_their_beginnings(registry: ServiceClient) -> None:
    found = await listed(registry, "/v1/footprints", q="north cumb", as_of="2026-04-01")
    assert [each["codes"]["ods"] for each in found] == ["QHM"]
    assert await listed(registry, "/v1/footprints", q="&|!:*('x", as_of="2026-04-01") == []


async def test_the_same_body_has_one_id_through_its_editions(registry: ServiceClient) -> None:
    days = ("2022-07-01", "2023-04-01", "2026-04-01")
    found = [(await registry.get(f"/v1/footprints/ods:QRL?as_of={day}")).json() for day in days]
    assert len({each["id"] for each in found}) == 1
    assert [each["codes"]["ons"] for each in found] == ["E54000042", "E54000042", "E54000067"]
    assert found[2]["residents"] > found[1]["residents"]
    assert found[0]["is_organisation"]


async def test_a_partnership_and_the_board_that_followed_are_two(registry: ServiceClient) -> None:
    before = (await registry.get("/v1/footprints/ods:QOP?as_of=2016-04-01")).json()
    after = (await registry.get("/v1/footprints/ods:QOP?as_of=2022-07-01")).json()
    assert before["id"] != after["id"]
    assert (before["kind"], before["is_organisation"], after["kind"]) == ("stp", False, "icb")
    assert before["valid_to"] == "2022-06-30"


@pytest.mark.parametrize("ref", ["ods:QVP", "ons:E54000001", "ons:e54000046"])
async def test_a_closed_footprint_is_read_as_it_was_last(registry: ServiceClient, ref: str) -> None:
    found = (await registry.get(f"/v1/footprints/{ref}")).json()
    assert found["valid_to"] == "2018-06-07"
    assert [each["share"] for each in found["successors"]] == [1.0]
    assert "NHS North East and North Cumbria Integrated Care Board" in {
        each["name"] for gap in found["not_known"] for each in gap["try_instead"]
    }


async def test_a_footprint_has_an_etag(registry: ServiceClient) -> None:
    answer = await registry.get("/v1/footprints/ons:E54000050")
    assert answer.headers["ETag"].startswith(f'"{answer.json()["version"]}-')
    by_id = await registry.get(f"/v1/footprints/{answer.json()['id']}")
    assert by_id.json() == answer.json()


@pytest.mark.parametrize("day", ["2017-06-01", "2022-06-30"])
async def test_before_it_opened_there_was_no_such_body(registry: ServiceClient, day: str) -> None:
    board = (await registry.get("/v1/footprints/ods:QHM")).json()["id"]
    answer = await registry.get(f"/v1/footprints/{board}", params={"as_of": day})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_open_yet")


@pytest.mark.parametrize(
    "ref", ["ods:ZZZ", "ons:E99999999", "00000000-0000-7000-8000-000000000000", "ods:RX6"]
)
async def test_what_is_no_footprint_is_404(registry: ServiceClient, ref: str) -> None:
    answer = await registry.get(f"/v1/footprints/{ref}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "or /v1/organisations" in answer.json()["detail"]


@pytest.mark.parametrize("ref", ["QHM", "gss:QHM", "ods:", "ods:Q%20M", "1234", "ods:" + "Q" * 99])
async def test_a_malformed_reference_is_422(registry: ServiceClient, ref: str) -> None:
    answer = await registry.get(f"/v1/footprints/{ref}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/path/ref"


async def test_members_are_those_of_the_day(registry: ServiceClient) -> None:
    now = await listed(registry, "/v1/footprints/ods:QHM/members", type="nhs_trust", as_of="2026-04-01")
    assert "RX6" in {each["codes"]["ods"] for each in now}
    assert {each["footprint"]["codes"]["ods"] for each in now} == {"QHM"}
    then = await listed(registry, "/v1/footprints/ods:QVP/members", as_of="2016-04-01", limit=3)
    assert {"00L", "00N", "00P", "13T"} <= {each["codes"]["ods"] for each in then}
    assert {each["kind"] for each in then} == {"ccg"}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("cursor=x", "/query/cursor"),
        ("cursor=WyIxIl0", "/query/cursor"),
        ("limit=0", "/query/limit"),
        ("limit=201", "/query/limit"),
        ("as_of=today", "/query/as_of"),
        ("q=%20", "/query/q"),
        ("q=" + "x" * 101, "/query/q"),
        ("edition=%F0%9F%98%80", "/query/edition"),
        ("q=a%00b", "/query"),
    ],
)
async def test_bad_queries_are_422_naming_the_field(
    registry: ServiceClient, query: str, pointer: str
) -> None:
    answer = await registry.get(f"/v1/footprints?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_lists_cost_two_queries_however_long(registry: ServiceClient) -> None:
    for limit in (1, 200):
        with statements(registry) as sent:
            await registry.get("/v1/footprints", params={"limit": limit})
        assert len(sent) == 2


async def test_one_footprint_costs_six_queries(registry: ServiceClient) -> None:
    with statements(registry) as sent:
        await registry.get("/v1/footprints/ods:QHM")
    assert len(sent) == 6


async def test_members_cost_five_queries(registry: ServiceClient) -> None:
    with statements(registry) as sent:
        await registry.get("/v1/footprints/ods:QHM/members")
    assert len(sent) == 5


async def test_of_two_predecessors_leaders_of_one_day_the_one_of_most_of_it_was_known_last(
    registry: ServiceClient,
) -> None:
    """Hampshire took over 22 % of Frimley in 2026; the leads of both were known on 3 April 2019."""
    found = (await registry.get("/v1/footprints/ods:QRL?as_of=2026-11-23")).json()
    (gap,) = [each for each in found["not_known"] if each["what"] == "leader"]
    assert gap["last_known"].startswith("Richard Samuel")
    assert gap["last_known_on"] == "2019-04-03"
