"""Lookups over HTTP: where a postcode is, was, and who is behind the doors."""

import logging
from typing import Any

import pytest

from shared.clock import today
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.registry.conftest import statements


async def look_up(registry: ServiceClient, postcode: str, **more: Any) -> dict[str, Any]:
    """Return what a lookup finds."""
    answer = await registry.post("/v1/lookup", json={"postcode": postcode, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_postcode_leads_to_todays_board_and_back_to_2016(registry: ServiceClient) -> None:
    found = await look_up(registry, "NE1 4LP", as_of="2026-11-23")
    assert found["boundary_vintage"] == "ICB2026"
    assert found["footprint"]["codes"] == {"ods": "QHM", "ons": "E54000050"}
    assert [(e["edition"], e["codes"]["ods"], e["codes"]["ons"]) for e in found["lineage"]] == [
        ("ICB2026", "QHM", "E54000050"),
        ("ICB2023", "QHM", "E54000050"),
        ("ICB2022", "QHM", "E54000050"),
        ("STP2020", "QHM", "E54000050"),
        ("STP2018", "QHM", "E54000049"),
        ("STP2017", "QVP", "E54000046"),
        ("STP2016", "QVP", "E54000001"),
    ]
    assert found["lineage"][-1]["name"] == "Northumberland, Tyne and Wear"


async def test_what_is_not_known_says_what_was_last_and_whom_to_ask(registry: ServiceClient) -> None:
    found = await look_up(registry, "NE1 4LP", as_of="2026-11-23")
    assert (found["leaders"], found["contacts"]) == ([], [])
    leader, contact, healthwatch = found["not_known"]
    assert leader["what"] == "leader"
    assert leader["last_known"].startswith("Mark Adams (Chief Officer, Newcastle Gateshead CCG)")
    assert leader["last_known_on"] == "2018-06-07"
    assert contact["what"] == "contact"
    assert contact["last_known_on"] == "2019-04-03"
    assert "Healthwatch Newcastle" in {each["name"] for each in found["organisations"]}
    assert (healthwatch["what"], healthwatch["last_known"]) == ("healthwatch", "Healthwatch Newcastle")
    assert healthwatch["last_known_on"] == "2017-06-17"
    assert "Healthwatch Newcastle" not in {each["name"] for each in leader["try_instead"]}
    then = await look_up(registry, "NE1 4LP", as_of="2019-06-17")
    assert "healthwatch" not in {each["what"] for each in then["not_known"]}
    assert "Newcastle City Council" in {each["name"] for each in leader["try_instead"]}
    reached = await registry.get(leader["try_instead"][0]["href"])
    assert reached.status_code == 200


async def test_areas_and_organisations_are_those_of_the_place(registry: ServiceClient) -> None:
    found = await look_up(registry, "NE1 4LP", as_of="2026-11-23")
    assert [(area["kind"], area["code"]) for area in found["areas"]] == [
        ("small_area", "E01035617"),
        ("ward", "E05011436"),
        ("constituency", "E14001377"),
        ("sub_icb_location", "E38000212"),
        ("local_authority", "E08000021"),
        ("ccg", "13T"),
    ]
    assert {"RX6", "RTD"} <= {each["codes"]["ods"] for each in found["organisations"]}


@pytest.mark.parametrize("written", ["ne14lp", " NE1  4LP ", "Ne1 4lp", "NE14LP"])
async def test_a_postcode_may_be_written_in_many_ways(registry: ServiceClient, written: str) -> None:
    assert (await look_up(registry, written))["footprint"]["codes"]["ods"] == "QHM"


async def test_get_answers_as_post_does(registry: ServiceClient) -> None:
    query = {"postcode": "NE1 4LP", "as_of": "2026-11-23"}
    answer = await registry.get("/v1/lookup", params=query)
    assert answer.json() == await look_up(registry, "NE1 4LP", as_of="2026-11-23")


@pytest.mark.parametrize(
    ("day", "ods", "scheme", "edition"),
    [
        ("2016-04-01", "QWO", "STP2016", "STP2016"),
        ("2018-01-01", "QWO", "STP2017", "STP2016"),
        ("2020-06-01", "QOQ", "STP2020", "STP2016"),
        ("2022-09-01", "QOQ", "ICB2022", "ICB2023"),
        ("2024-01-01", "QOQ", "ICB2023", "ICB2023"),
        ("2026-04-01", "QOQ", "ICB2026", "ICB2026"),
    ],
)
async def test_harrogate_passed_from_one_footprint_to_another(
    registry: ServiceClient, day: str, ods: str, scheme: str, edition: str
) -> None:
    found = await look_up(registry, "HG1 1AA", as_of=day)
    assert found["footprint"]["codes"]["ods"] == ods
    assert found["footprint"]["edition"] == scheme
    assert found["boundary_vintage"] == edition
    assert found["lineage"][-1]["codes"]["ons"] == "E54000005"


async def test_the_leader_of_a_day_is_the_one_known_then(registry: ServiceClient) -> None:
    found = await look_up(registry, "NE1 4LP", as_of="2016-04-01")
    (leader,) = found["leaders"]
    assert (leader["holder"], leader["known_on"]) == ("Mark Adams", "2016-03-30")
    assert leader["source"].startswith("https://")
    assert "leader" not in {each["what"] for each in found["not_known"]}


async def test_where_several_footprints_are_as_likely_it_says_so(registry: ServiceClient) -> None:
    found = await look_up(registry, "DH1 1AB", as_of="2018-01-01")
    assert "footprint" in {each["what"] for each in found["not_known"]}


async def test_part_of_a_postcode_will_do_where_it_decides(registry: ServiceClient) -> None:
    assert (await look_up(registry, "NE1"))["footprint"]["codes"]["ods"] == "QHM"
    found = await look_up(registry, "NE1 4")
    assert found["footprint"]["codes"]["ods"] == "QHM"
    assert all(area["kind"] != "small_area" for area in found["areas"])


async def test_part_of_a_postcode_that_does_not_decide_asks_for_all_of_it(registry: ServiceClient) -> None:
    found = await look_up(registry, "GU15", as_of="2026-11-23")
    assert (found["footprint"], found["certain"], found["ask_for"]) == (None, False, "postcode")
    assert "Give the full postcode" in found["detail"]
    assert found["matched_by"]["method"] == "outward_code"
    shares = {each["footprint"]["codes"]["ods"]: each["share"] for each in found["candidates"]}
    assert shares == {"S9B9J": 0.9889, "S0E4D": 0.0111}
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
    assert (found["lineage"], found["leaders"], found["contacts"]) == ([], [], [])
    assert "footprint" in {each["what"] for each in found["not_known"]}


@pytest.mark.parametrize("postcode", ["QQ99 9ZZ", "NE1 9ZZ", "QQ1", "QQ1 0"])
async def test_an_unknown_postcode_is_404_and_says_so(registry: ServiceClient, postcode: str) -> None:
    answer = await registry.post("/v1/lookup", json={"postcode": postcode})
    assert answer.status_code == 404
    assert answer.json()["code"] == "postcode_unknown"
    assert postcode not in answer.text


@pytest.mark.parametrize("postcode", ["", " ", "NE1 4L", "12345", "NE1-4LP", "N" * 21, "NE1 ４LP"])
async def test_what_is_no_postcode_is_422_naming_the_field(registry: ServiceClient, postcode: str) -> None:
    posted = await registry.post("/v1/lookup", json={"postcode": postcode})
    asked = await registry.get("/v1/lookup", params={"postcode": postcode})
    assert (posted.status_code, asked.status_code) == (422, 422)
    assert posted.json()["errors"][0]["pointer"] == "/postcode"
    assert asked.json()["errors"][0]["pointer"] == "/query/postcode"


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "1", "2026-04-01T00:00:00", "", "9" * 500])
async def test_what_is_no_day_is_422_naming_the_field(registry: ServiceClient, day: str) -> None:
    asked = await registry.get("/v1/lookup", params={"postcode": "NE1 4LP", "as_of": day})
    assert asked.status_code == 422
    assert asked.json()["errors"][0]["pointer"] == "/query/as_of"


@pytest.mark.parametrize("day", ["0001-01-01", "2016-03-14"])
async def test_before_the_first_footprints_there_are_none(registry: ServiceClient, day: str) -> None:
    asked = await registry.get("/v1/lookup", params={"postcode": "NE1 4LP", "as_of": day})
    assert (asked.status_code, asked.json()["code"]) == (404, "no_footprint_then")


async def test_unknown_fields_are_refused(registry: ServiceClient) -> None:
    answer = await registry.post("/v1/lookup", json={"postcode": "NE1 4LP", "name": "x"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/name"


ASKED: list[dict[str, Any]] = [
    {"postcode": "NE1 4LP"},
    {"postcode": "NE1 4"},
    {"postcode": "GU15"},
    {"council": "E08000021"},
    {"ccg": "13T"},
    {"ods": "QHM"},
    {"ons": "E54000001", "edition": "STP2016"},
    {"latitude": 54.97, "longitude": -1.61},
    {"postcode": "DH1 1AB", "as_of": "2018-01-01"},
]
COLD_QUERIES_MAX = 9


@pytest.mark.parametrize("place", ASKED)
async def test_a_lookup_costs_one_statement_unless_something_changed(
    registry: ServiceClient, place: dict[str, Any]
) -> None:
    with statements(registry) as sent:
        first = await registry.post("/v1/lookup", json=place)
    assert first.status_code == 200, first.text
    assert len(sent) <= COLD_QUERIES_MAX
    with statements(registry) as sent:
        again = await registry.post("/v1/lookup", json=place)
    assert len(sent) == 1
    assert again.json() == first.json()


async def test_a_place_with_the_same_shares_is_known_already(registry: ServiceClient) -> None:
    first = await look_up(registry, "NE1 4LP")
    with statements(registry) as sent:
        other = await look_up(registry, "NE1 1AD")
    assert len(sent) == 1
    assert first["areas"][0]["code"] != other["areas"][0]["code"]
    bodies = [[area for area in found["areas"] if area["id"]] for found in (first, other)]
    assert bodies[0] == bodies[1] != []


async def test_a_change_of_a_contact_is_seen_by_the_next_lookup(registry: ServiceClient) -> None:
    def doors(found: dict[str, Any]) -> set[str]:
        return {each["value"] for each in found["contacts"]}

    address = f"doors-{new_id().hex}@nhs.net"
    before = await look_up(registry, "NE1 4LP")
    steward = registry.as_(
        client_id=new_id(), organisation_id=new_id(), scopes=["operator", "registry:write"]
    )
    footprint = await steward.get("/v1/footprints/ods:QHM")
    door = {
        "channel": "email",
        "value": address,
        "purpose": "enquiries",
        "known_on": today().isoformat(),
        "reason": "It was published.",
        "source": "https://example.org/doors",
    }
    made = await steward.post(
        f"/v1/footprints/{footprint.json()['id']}/contacts",
        json=door,
        headers={"If-Match": footprint.headers["etag"]},
    )
    assert made.status_code == 201, made.text
    assert doors(await look_up(registry, "NE1 4LP")) == doors(before) | {address}


async def test_a_postcode_is_in_no_answer_and_in_no_log(
    registry: ServiceClient, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers = [
        await registry.get("/v1/lookup", params={"postcode": "NE1 4LP"}),
        await registry.post("/v1/lookup", json={"postcode": "NE1 9ZZ"}),
        await registry.get("/v1/lookup", params={"postcode": "NE1 4LP", "as_of": "never"}),
    ]
    out, err = capfd.readouterr()
    own = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith(("httpx", "httpcore")))
    for told in (*(answer.text for answer in answers), out, err, own):
        for written in ("NE1 4LP", "NE14LP", "NE1%204LP", "NE1+4LP", "NE1 9ZZ", "NE19ZZ"):
            assert written not in told


async def test_a_lookup_needs_the_gateways_token(registry: ServiceClient) -> None:
    answer = await registry.post(
        "/v1/lookup", json={"postcode": "NE1 4LP"}, headers={"Authorization": "Bearer x"}
    )
    assert answer.status_code == 401
