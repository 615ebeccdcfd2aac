"""What was inherited, as everybody sees it."""

from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.examples import footprint
from tests.loop.inheritance.test_domain import hand_on, succession
from tests.loop.scenes import scene_of


async def test_inherited_promises_are_listed_with_their_first_dates(
    service: ServiceClient, publish: Publish
) -> None:
    heir, scene, other = (
        footprint(ods="Q60"),
        await scene_of(service, publish),
        await scene_of(service, publish),
    )
    for each in (scene, other):
        await each.committed()
    await publish(heir)
    await hand_on(service, succession(scene.board, (heir, 1.0)))
    listed = (await service.get("/v1/board/inherited", params={"footprint": "ods:Q60"})).json()
    [promise] = listed["items"]
    assert promise["commitment_id"] == scene.commitment["id"]
    assert promise["inherited_from"] == str(scene.board.footprint_id)
    assert (promise["owner_to_be_named"], promise["kept_at"]) == (True, None)
    assert promise["original_due_on"] == scene.commitment["original_due_on"]
    every = (await service.get("/v1/board/inherited", params={"limit": 200})).json()["items"]
    assert scene.commitment["id"] in [each["commitment_id"] for each in every]
    assert other.commitment["id"] not in [each["commitment_id"] for each in every]


async def test_loops_are_listed_by_whether_they_were_inherited(
    service: ServiceClient, publish: Publish
) -> None:
    heir, scene = footprint(), await scene_of(service, publish)
    await scene.acknowledged()
    await publish(heir)
    await hand_on(service, succession(scene.board, (heir, 1.0)))
    for inherited, found in ((True, [scene.loop["id"]]), (False, [])):
        query: dict[str, str | bool] = {"footprint": str(heir.footprint_id), "inherited": inherited}
        items = (await service.get("/v1/loops", params=query)).json()["items"]
        assert [each["id"] for each in items] == found


async def test_a_draft_that_was_inherited_is_not_public(service: ServiceClient, publish: Publish) -> None:
    heir, scene = footprint(), await scene_of(service, publish)
    await publish(heir)
    await hand_on(service, succession(scene.board, (heir, 1.0)))
    assert (await service.get(scene.path)).status_code == 404
    listed = await service.get("/v1/board/inherited", params={"footprint": str(heir.footprint_id)})
    assert listed.json() == {"items": [], "next": None}
