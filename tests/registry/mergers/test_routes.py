"""Declared mergers over HTTP: by the operator's stewards only, read by everybody."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.registry.conftest import statements
from tests.registry.mergers.examples import MERGING, link
from tests.registry.mergers.test_files import HEADER
from tests.registry.writes import steward

# Of a body of its own, and taken back in the end: other tests know the boards as they are.
BODY: dict[str, Any] = MERGING | {
    "effective_on": "2030-04-01",
    "successors": [{"name": "NHS Wessex Integrated Care Board (invented)", "ods": "N9W1A"}],
    "links": [link("QVV", "N9W1A"), link("QSL", "N9W1A")],
}
WHY = {"reason": "The boards decided otherwise.", "source": "the boards' papers (invented)"}


@pytest.fixture
async def operator(registry: ServiceClient) -> AsyncIterator[ServiceClient]:
    """Give a client of the operator's stewards; what it declared is withdrawn after the test."""
    client = steward(registry)
    yield client
    for each in (await client.get("/v1/mergers", params={"state": "declared"})).json()["items"]:
        headers = {"If-Match": f'"{each["version"]}"'}
        gone = await client.post(f"/v1/mergers/{each['id']}/withdrawal", json=WHY, headers=headers)
        assert gone.status_code == 200, gone.text


async def test_a_merger_is_tried_declared_read_corrected_and_withdrawn(operator: ServiceClient) -> None:
    tried = await operator.post("/v1/mergers", json=BODY | {"dry_run": True})
    assert (tried.status_code, tried.json()["id"], tried.json()["problems"]) == (200, None, [])
    made = await operator.post("/v1/mergers", json=BODY)
    assert made.status_code == 201, made.text
    where = made.headers["Location"]
    read = await operator.get(where)
    assert read.json() == made.json()
    later = BODY | {"effective_on": "2030-07-01"}
    for headers, status in (({}, 428), ({"If-Match": '"9"'}, 412), ({"If-Match": read.headers["ETag"]}, 200)):
        found = await operator.post(f"{where}/corrections", json=later, headers=headers)
        assert found.status_code == status, found.text
    assert found.json()["opened"][0]["id"] == made.json()["opened"][0]["id"]
    assert found.json()["earlier"][0]["effective_on"] == "2030-04-01"
    gone = await operator.post(f"{where}/withdrawal", json=WHY, headers={"If-Match": found.headers["ETag"]})
    assert (gone.json()["state"], gone.headers["ETag"]) == ("withdrawn", '"3"')
    again = await operator.post(f"{where}/withdrawal", json=WHY, headers={"If-Match": '"3"'})
    assert (again.status_code, again.json()["code"]) == (409, "merger_withdrawn")
    assert (await operator.get("/v1/footprints/ods:N9W1A", params={"as_of": "2031-01-01"})).status_code == 404


async def test_a_file_declares_the_same(operator: ServiceClient) -> None:
    lines = [f"{each},,N9W1A,,NHS Wessex (invented),2030-04-01,merger,1,,\n" for each in ("QVV", "QSL")]
    text = {"Content-Type": "text/csv; charset=utf-8"}
    content = "".join([HEADER, "\n", *lines])
    tried = await operator.post(
        "/v1/mergers", content=content, headers=text, params=WHY | {"dry_run": "true"}
    )
    assert (tried.status_code, tried.json()["problems"]) == (200, [])
    wrong = content.replace("QVV", "QNQ")
    refused = await operator.post("/v1/mergers", content=wrong, headers=text, params=WHY)
    assert (refused.status_code, refused.json()["code"]) == (409, "predecessor_closed")
    assert refused.json()["errors"][0]["pointer"] == "/lines/2"
    made = await operator.post("/v1/mergers", content=content, headers=text, params=WHY)
    assert made.status_code == 201, made.text
    assert [each["share"] for each in made.json()["links"]] == [1, 1]


async def test_a_postcode_leads_to_the_successor_from_the_day_on(operator: ServiceClient) -> None:
    merging = BODY | {"links": [link("QHM", "N9W1A"), link("QE1", "N9W1A")]}
    assert (await operator.post("/v1/mergers", json=merging)).status_code == 201
    for day, board in (("2030-03-31", "QHM"), ("2030-04-01", "N9W1A")):
        found = await operator.post("/v1/lookup", json={"postcode": "NE1 4LP", "as_of": day})
        assert found.json()["footprint"]["codes"]["ods"] == board, found.text


async def test_a_place_in_a_board_that_is_split_has_candidates(operator: ServiceClient) -> None:
    here = (await operator.post("/v1/lookup", json={"postcode": "B66 1AA", "as_of": "2030-03-31"})).json()
    board = here["footprint"]["codes"]["ods"]
    other = "QHL" if board == "QUA" else "QUA"
    splitting = BODY | {"links": [link(board, "N9W1A", 0.7), link(board, other, 0.3)]}
    assert (await operator.post("/v1/mergers", json=splitting)).status_code == 201
    found = (await operator.post("/v1/lookup", json={"postcode": "B66 1AA", "as_of": "2030-04-01"})).json()
    assert [each["footprint"]["codes"]["ods"] for each in found["candidates"]] == ["N9W1A", other]


async def test_whoever_was_assigned_is_no_longer_to_be_assigned(operator: ServiceClient) -> None:
    splitting = BODY | {"links": [link("QVV", "N9W1A", 0.5), link("QVV", "QSL", 0.5)]}
    made = (await operator.post("/v1/mergers", json=splitting)).json()
    first = made["to_be_assigned"][0]["id"]
    read = await operator.get(f"/v1/organisations/{first}")
    joining = WHY | {"kind": "member_of", "to": "ods:N9W1A", "valid_from": "2030-04-01"}
    headers = {"If-Match": read.headers["ETag"]}
    joined = await operator.post(f"/v1/organisations/{first}/relations", json=joining, headers=headers)
    assert joined.status_code == 201, joined.text
    left = (await operator.get(f"/v1/mergers/{made['id']}")).json()["to_be_assigned"]
    assert [each["id"] for each in left] == [each["id"] for each in made["to_be_assigned"][1:]]


async def test_the_boards_of_a_day_are_counted_as_declared(operator: ServiceClient) -> None:
    assert (await operator.post("/v1/mergers", json=BODY)).status_code == 201
    for day, count in (("2030-03-31", 36), ("2030-04-01", 35)):
        found = await operator.get("/v1/footprints", params={"as_of": day, "limit": 200})
        assert len(found.json()["items"]) == count


async def test_a_repeat_with_the_same_key_declares_once(operator: ServiceClient) -> None:
    key = {"Idempotency-Key": "wessex"}
    first, again = [await operator.post("/v1/mergers", json=BODY, headers=key) for _ in range(2)]
    assert (again.status_code, again.json()) == (201, first.json())


async def test_mergers_are_listed_as_they_stood_on_a_day(operator: ServiceClient) -> None:
    made = (await operator.post("/v1/mergers", json=BODY)).json()

    async def listed(**query: Any) -> list[str]:
        answer = await operator.get("/v1/mergers", params=query)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["items"]]

    assert made["id"] in await listed(state="declared")
    assert made["id"] in await listed(state="in_force", as_of="2030-04-01")
    assert made["id"] not in await listed(state="withdrawn")
    assert await listed(as_of="2026-01-01") == []
    assert (await operator.get("/v1/mergers", params={"state": "maybe"})).status_code == 422
    with statements(operator) as sent:
        await listed(limit=200)
    assert len(sent) == 1


async def test_everybody_reads_mergers_and_what_is_none_is_404(registry: ServiceClient) -> None:
    assert (await registry.get("/v1/mergers")).status_code == 200
    assert (await registry.get(f"/v1/mergers/{new_id()}")).json()["code"] == "not_found"


@pytest.mark.parametrize(
    "path", ["/v1/mergers", "/v1/mergers/{id}/corrections", "/v1/mergers/{id}/withdrawal"]
)
async def test_only_the_operators_stewards_declare_correct_and_withdraw(
    registry: ServiceClient, path: str
) -> None:
    board = (await registry.get("/v1/footprints/ods:QVV")).json()["id"]
    boards_own = steward(registry, board)
    reader = registry.as_(client_id=new_id(), organisation_id=new_id(), scopes=["registry:read"])
    body = WHY if path.endswith("withdrawal") else BODY
    for client, code in (
        (boards_own, "not_your_body"),
        (reader, "scope_missing"),
        (registry, "key_required"),
    ):
        refused = await client.post(path.format(id=new_id()), json=body, headers={"If-Match": '"1"'})
        assert refused.json()["code"] == code


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"links": []}, "/links"),
        ({"effective_on": 5}, "/effective_on"),
        ({"effective_on": "0001-01-01"}, "/effective_on"),
        ({"reason": ""}, "/reason"),
        ({"unknown": 1}, "/unknown"),
        ({"links": [link("QVV", "N9W1A", 1.1)]}, "/links/0/share"),
        ({"successors": [{"name": "NHS X", "ods": "N 9"}]}, "/successors/0/ods"),
    ],
)
async def test_malformed_declarations_name_the_field(
    registry: ServiceClient, change: dict[str, Any], pointer: str
) -> None:
    refused = await steward(registry).post("/v1/mergers", json=BODY | change)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_what_is_neither_json_nor_a_file_is_refused(registry: ServiceClient) -> None:
    client = steward(registry)
    refused = await client.post("/v1/mergers", content="{", headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed_json")
    beside = await client.post("/v1/mergers", json=BODY, params={"dry_run": "true"})
    assert beside.json()["errors"][0]["pointer"] == "/query/dry_run"
