"""Who says, corrects and ends what two bodies are to each other."""

import pytest

from tests.fixtures.clients import ServiceClient
from tests.registry.footprints.test_routes import listed
from tests.registry.writes import change, registered, steward

MEMBER = {"kind": "member_of", "to": "ods:QHM", "valid_from": "2023-04-01"}


@pytest.fixture
async def path(registry: ServiceClient) -> str:
    """Return the path of a body of the test's own that opened in 2020 and belongs to nothing."""
    return f"/v1/organisations/{(await registered(steward(registry)))['id']}"


@pytest.mark.parametrize("kind", ["member_of", "commissions", "operated_by", "encloses"])
async def test_no_body_alone_says_what_two_are_to_each_other(
    registry: ServiceClient, path: str, kind: str
) -> None:
    own, board = path.rpartition("/")[2], (await registry.get("/v1/footprints/ods:QHM")).json()["id"]
    said = MEMBER | {"kind": kind}
    for body, there, to in ((own, path, board), (board, "/v1/footprints/ods:QHM", own)):
        refused = await change(steward(registry, body), there, "relations", **said | {"to": to})
        assert (refused.status_code, refused.json()["code"]) == (403, "not_your_body")
        assert "ask Doorway's operator" in refused.json()["detail"]
    assert await listed(registry, f"{path}/relations") == []


async def test_either_side_alone_ends_a_relation_and_neither_corrects_it(
    registry: ServiceClient, path: str
) -> None:
    operator, own = steward(registry), path.rpartition("/")[2]
    board, other = [(await registry.get(f"/v1/footprints/ods:{ods}")).json()["id"] for ods in ("QHM", "QOP")]
    commissions = {"kind": "commissions", "to": own, "valid_from": "2023-04-01"}
    for side in (own, board):
        made = (await change(operator, "/v1/footprints/ods:QHM", "relations", **commissions)).json()
        link = f"/v1/relations/{made['id']}"
        for client, what, given in (
            (steward(registry, own), "corrections", {"withdrawn": True}),
            (steward(registry, board), "corrections", {"share": 0.5}),
            (steward(registry, other), "ending", {"valid_to": "2024-01-01"}),
        ):
            refused = await change(client, link, what, **given)
            assert (refused.status_code, refused.json()["code"]) == (403, "not_your_body")
        ended = await change(steward(registry, side), link, "ending", valid_to="2024-01-01")
        assert ended.status_code == 200, ended.text
        again = await change(steward(registry, side), link, "corrections", valid_to=None)
        assert again.status_code == 403
        assert (await change(operator, link, "corrections", withdrawn=True)).status_code == 200


async def test_a_board_relates_bodies_that_are_both_its_own(registry: ServiceClient, path: str) -> None:
    board = steward(registry, (await registry.get("/v1/footprints/ods:QHM")).json()["id"])
    assert (await change(steward(registry), path, "relations", **MEMBER)).status_code == 201
    said = {"kind": "operated_by", "to": "ods:RX6", "valid_from": "2023-04-01"}
    made = await change(board, path, "relations", **said)
    assert made.status_code == 201, made.text
    link = f"/v1/relations/{made.json()['id']}"
    assert (await change(board, link, "corrections", share=0.5)).status_code == 200
