"""Saying what a body is from a day on, and correcting it, over HTTP."""

import asyncio
from typing import Any

import pytest

from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.registry.footprints.test_routes import listed
from tests.registry.writes import WHY, change, registered, steward, version_of

NAME = {"fact": "name", "value": "Wide Open Doors (invented)", "valid_from": "2024-05-01"}


@pytest.fixture
async def path(registry: ServiceClient) -> str:
    """Return the path of a body of the test's own that opened in 2020."""
    body = await registered(steward(registry), legal_form="charity")
    return f"/v1/organisations/{body['id']}"


async def history(registry: ServiceClient, path: str, fact: str) -> list[dict[str, Any]]:
    """Return all that was ever said in a slot, what was recorded last first."""
    return [each for each in await listed(registry, f"{path}/history", limit=2) if each["fact"] == fact]


async def test_a_new_name_holds_from_its_day_and_the_one_before_ends(
    registry: ServiceClient, path: str
) -> None:
    answer = await change(steward(registry), path, "facts", **NAME)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["name"], answer.json()["version"]) == (NAME["value"], 2)
    assert answer.headers["ETag"] == '"2"'
    before = (await registry.get(path, params={"as_of": "2024-04-30"})).json()
    assert before["name"] == "Door Openers (invented)"
    said = [
        (each["value"], each["valid_to"], each["superseded_at"] is None)
        for each in await history(registry, path, "name")
    ]
    assert said == [
        (NAME["value"], None, True),
        ("Door Openers (invented)", "2024-04-30", True),
        ("Door Openers (invented)", None, False),
    ]


async def test_a_name_may_be_said_for_days_to_come(registry: ServiceClient, path: str) -> None:
    answer = await change(steward(registry), path, "facts", **NAME | {"valid_from": "2099-01-01"})
    assert answer.json()["name"] == "Door Openers (invented)"
    then = await registry.get(path, params={"as_of": "2099-01-01"})
    assert then.json()["name"] == NAME["value"]


async def test_history_says_when_and_why(registry: ServiceClient, path: str) -> None:
    await change(steward(registry), path, "facts", **NAME)
    first, second, third = await history(registry, path, "name")
    assert (first["reason"], first["source"], first["imported"]) == (WHY["reason"], WHY["source"], False)
    assert first["recorded_at"] == second["recorded_at"] == third["superseded_at"]
    assert third["superseded_because"] == WHY["reason"]
    assert first["superseded_because"] is None


async def test_history_of_what_was_imported_names_its_files(registry: ServiceClient) -> None:
    (found,) = [
        each for each in await listed(registry, "/v1/organisations/ods:R0A/history") if each["fact"] == "ods"
    ]
    assert (found["value"], found["imported"], found["source"]) == ("R0A", True, "NHS ODS etr.csv")
    board = await listed(registry, "/v1/footprints/ods:QHM/history", limit=3)
    assert {"name", "ods", "ons", "legal_form", "boundary"} <= {each["fact"] for each in board}
    keys = [(each["recorded_at"], each["fact"]) for each in board]
    assert keys == sorted(keys, reverse=True)


async def test_the_same_code_in_another_time_has_another_history(registry: ServiceClient) -> None:
    now = await listed(registry, "/v1/footprints/ods:QHM/history")
    then = await listed(registry, "/v1/footprints/ods:QHM/history", edition="STP")
    assert "Cumbria and North East" in {each["value"] for each in then}
    assert "Cumbria and North East" not in {each["value"] for each in now}


async def test_what_was_known_then_is_told_for_that_instant(registry: ServiceClient, path: str) -> None:
    (only,) = await history(registry, path, "name")
    await change(steward(registry), path, "facts", **NAME)
    at = {"known_at": only["recorded_at"]}
    assert (await registry.get(path, params=at)).json()["name"] == "Door Openers (invented)"
    assert (await registry.get(path)).json()["name"] == NAME["value"]
    later = (await history(registry, path, "name"))[0]["recorded_at"]
    assert (await registry.get(path, params={"known_at": later})).json()["name"] == NAME["value"]


async def test_before_it_was_registered_nothing_was_known(registry: ServiceClient, path: str) -> None:
    for ref in (path, "/v1/organisations/ods:R0A"):
        answer = await registry.get(ref, params={"known_at": "2020-01-01T00:00:00Z"})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_known_then")


@pytest.mark.parametrize("known_at", ["1", "2026-04-01", "2026-04-01T00:00:00", "0001-01-01T00:00:00+14:00"])
async def test_an_instant_has_to_be_one(registry: ServiceClient, known_at: str) -> None:
    answer = await registry.get("/v1/organisations/ods:R0A", params={"known_at": known_at})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/query/known_at"


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"valid_from": "2019-12-31"}, "/valid_from"),
        ({"valid_from": "2020-01-01"}, "/valid_from"),
        ({"valid_from": "0001-01-01"}, "/valid_from"),
        ({"valid_from": "9999-12-31"}, "/valid_from"),
        ({"value": "Door Openers (invented)"}, "/value"),
        ({"value": None}, "/value"),
        ({"value": "two\nlines"}, "/value"),
        ({"fact": "ods", "value": "R-6"}, "/value"),
        ({"fact": "ons", "value": "E1"}, "/value"),
        ({"fact": "opened_on", "value": "2020-01-01"}, "/fact"),
        ({"reason": ""}, "/reason"),
        ({"source": "x" * 501}, "/source"),
        ({"surprise": 1}, "/surprise"),
    ],
)
async def test_what_cannot_be_said_names_the_field(
    registry: ServiceClient, path: str, given: dict[str, Any], pointer: str
) -> None:
    answer = await change(steward(registry), path, "facts", **NAME | given)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await registry.get(path)).json()["version"] == 1


async def test_after_it_closed_nothing_new_is_so(registry: ServiceClient, path: str) -> None:
    client = steward(registry)
    assert (await change(client, path, "ending", closed_on="2024-06-30")).status_code == 200
    refused = await change(client, path, "facts", **NAME | {"valid_from": "2024-07-01"})
    assert refused.json()["errors"][0]["pointer"] == "/valid_from"
    within = await change(client, path, "facts", **NAME)
    assert within.json()["name"] == NAME["value"]
    assert (await history(registry, path, "name"))[0]["valid_to"] == "2024-06-30"


async def test_a_change_needs_scope_and_version(registry: ServiceClient, path: str) -> None:
    client = steward(registry)
    body = NAME | WHY
    reader = registry.as_(client_id=new_id(), organisation_id=new_id(), scopes=["registry:read"])
    tag = {"If-Match": '"1"'}
    for what, sent in (("facts", body), ("corrections", body), ("ending", {"closed_on": "2026-01-01"} | WHY)):
        assert (await reader.post(f"{path}/{what}", json=sent, headers=tag)).json()["code"] == "scope_missing"
        assert (await registry.post(f"{path}/{what}", json=sent, headers=tag)).json()[
            "code"
        ] == "key_required"
        assert (await client.post(f"{path}/{what}", json=sent)).json()["code"] == "version_required"
        stale = await client.post(f"{path}/{what}", json=sent, headers={"If-Match": '"7"'})
        assert (stale.status_code, stale.json()["code"]) == (412, "version_stale")
        assert stale.headers["ETag"] == '"1"'


async def test_a_change_is_made_once_for_a_key(registry: ServiceClient, path: str) -> None:
    client = steward(registry)
    headers = {"If-Match": await version_of(registry, path), "Idempotency-Key": "once"}
    first = await client.post(f"{path}/facts", json=NAME | WHY, headers=headers)
    again = await client.post(f"{path}/facts", json=NAME | WHY, headers=headers)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.json(), again.headers["ETag"]) == (first.json(), first.headers["ETag"])


@pytest.mark.parametrize("ref", ["ods:ZZZZ", "00000000-0000-7000-8000-000000000000", "ods:QVP"])
async def test_what_is_no_organisation_is_404(registry: ServiceClient, ref: str) -> None:
    for what, sent in (("facts", NAME), ("corrections", NAME), ("ending", {"closed_on": "2026-01-01"})):
        answer = await steward(registry).post(
            f"/v1/organisations/{ref}/{what}", json=sent | WHY, headers={"If-Match": '"1"'}
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await registry.get(f"/v1/organisations/{ref}/history")).status_code == 404


async def test_a_code_of_another_is_taken_on_the_days_on_which_it_has_it(
    registry: ServiceClient, path: str
) -> None:
    client = steward(registry)
    other = await registered(client, ods="ZZ940")
    theirs = f"/v1/organisations/{other['id']}"
    code = {"fact": "ods", "value": "ZZ940", "valid_from": "2024-01-01"}
    refused = await change(client, path, "facts", **code)
    assert (refused.status_code, refused.json()["code"]) == (409, "code_taken")
    assert (await change(client, theirs, "ending", closed_on="2023-12-31")).status_code == 200
    assert (await change(client, path, "facts", **code)).status_code == 200
    back = await change(client, theirs, "corrections", fact="closed_on", value=None)
    assert (back.status_code, back.json()["code"]) == (409, "code_taken")
    for day, whose in (("2023-12-31", other["id"]), ("2024-01-01", path.rpartition("/")[2])):
        assert (await registry.get(f"/v1/organisations/ods:ZZ940?as_of={day}")).json()["id"] == whose


async def test_a_correction_changes_what_was_said_and_keeps_it(registry: ServiceClient, path: str) -> None:
    client = steward(registry)
    answer = await change(client, path, "corrections", fact="legal_form", value="charitable company")
    assert answer.json()["legal_form"] == "charitable company"
    now, before = await history(registry, path, "legal_form")
    assert (before["value"], before["superseded_at"]) == ("charity", now["recorded_at"])


async def test_a_corrected_day_moves_the_name_before_along(registry: ServiceClient, path: str) -> None:
    client = steward(registry)
    await change(client, path, "facts", **NAME)
    moved = await change(client, path, "corrections", fact="name", valid_from="2023-01-01")
    assert moved.status_code == 200, moved.text
    for day, name in (("2022-12-31", "Door Openers (invented)"), ("2023-01-01", NAME["value"])):
        assert (await registry.get(path, params={"as_of": day})).json()["name"] == name
    back = await change(
        client, path, "corrections", fact="name", valid_on="2022-01-01", valid_to="2025-12-31"
    )
    assert back.status_code == 200, back.text
    assert (await registry.get(f"{path}?as_of=2025-12-31")).json()["name"] == "Door Openers (invented)"


async def test_a_name_that_never_was_gives_way_to_the_one_before(registry: ServiceClient, path: str) -> None:
    client = steward(registry)
    await change(client, path, "facts", **NAME | {"valid_from": "2099-01-01"})
    gone = await change(client, path, "corrections", fact="name", valid_on="2099-01-01", value=None)
    assert gone.status_code == 200, gone.text
    assert (await registry.get(f"{path}?as_of=2099-01-01")).json()["name"] == "Door Openers (invented)"
    assert NAME["value"] in {each["value"] for each in await history(registry, path, "name")}


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"fact": "name", "value": "Door Openers (invented)"}, "/value"),
        ({"fact": "name"}, "/value"),
        ({"fact": "name", "value": None}, "/value"),
        ({"fact": "name", "valid_from": "2021-01-01"}, "/valid_from"),
        ({"fact": "name", "valid_to": "2021-01-01"}, "/valid_to"),
        ({"fact": "ods", "value": "ZZ941"}, "/valid_on"),
        ({"fact": "legal_form", "valid_on": "2019-01-01", "value": "x"}, "/valid_on"),
        ({"fact": "legal_form", "value": None, "valid_to": "2021-01-01"}, "/value"),
        ({"fact": "legal_form", "valid_from": "2019-01-01"}, "/valid_from"),
        ({"fact": "legal_form", "valid_from": None}, "/valid_from"),
        ({"fact": "legal_form", "valid_from": "2022-01-01", "valid_to": "2021-01-01"}, "/valid_to"),
        ({"fact": "residents", "value": "1"}, "/fact"),
        ({"fact": "closed_on", "value": "2025-01-01"}, "/fact"),
        ({"fact": "opened_on", "value": "soon"}, "/value"),
        ({"fact": "opened_on", "value": None}, "/value"),
        ({"fact": "opened_on", "value": "2020-01-01"}, "/value"),
        ({"fact": "opened_on"}, "/value"),
        ({"fact": "opened_on", "value": "2019-01-01", "valid_on": "2019-01-01"}, "/value"),
    ],
)
async def test_what_cannot_be_corrected_names_the_field(
    registry: ServiceClient, path: str, given: dict[str, Any], pointer: str
) -> None:
    answer = await change(steward(registry), path, "corrections", **given)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_neighbours_are_not_overtaken(registry: ServiceClient, path: str) -> None:
    client = steward(registry)
    await change(client, path, "facts", **NAME)
    await change(client, path, "facts", **NAME | {"value": "Third (invented)", "valid_from": "2025-05-01"})
    early = {"fact": "name", "valid_on": "2024-06-01", "valid_from": "2020-01-01"}
    late = {"fact": "name", "valid_on": "2020-06-01", "valid_to": "2025-04-30"}
    for given, pointer in ((early, "/valid_from"), (late, "/valid_to")):
        answer = await change(client, path, "corrections", **given)
        assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_closed_bodys_facts_end_with_it(registry: ServiceClient, path: str) -> None:
    client = steward(registry)
    await change(client, path, "ending", closed_on="2024-06-30")
    open_end = await change(client, path, "corrections", fact="legal_form", valid_to=None)
    assert open_end.json()["errors"][0]["pointer"] == "/value"
    beyond = await change(client, path, "corrections", fact="legal_form", valid_to="2024-07-01")
    assert beyond.json()["errors"][0]["pointer"] == "/valid_to"
    shorter = await change(client, path, "corrections", fact="legal_form", valid_to="2024-05-31")
    assert shorter.json()["legal_form"] is None


async def test_of_those_who_change_one_body_at_once_one_has_read_it(
    registry: ServiceClient, path: str
) -> None:
    client, headers = steward(registry), {"If-Match": '"1"'}
    wanted = [NAME | WHY | {"value": f"Name {number} (invented)"} for number in range(4)]
    answers = await asyncio.gather(
        *(client.post(f"{path}/facts", json=each, headers=headers) for each in wanted)
    )
    assert sorted(each.status_code for each in answers) == [200, 412, 412, 412]
    assert len([each for each in await history(registry, path, "name") if not each["superseded_at"]]) == 2


async def test_of_bodies_that_want_one_code_at_once_one_gets_it(registry: ServiceClient) -> None:
    client = steward(registry)
    paths = [f"/v1/organisations/{(await registered(client))['id']}/facts" for _ in range(4)]
    given = {"fact": "ons", "value": "Z94000001", "valid_from": "2024-01-01"} | WHY
    answers = await asyncio.gather(
        *(client.post(each, json=given, headers={"If-Match": '"1"'}) for each in paths)
    )
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409]
