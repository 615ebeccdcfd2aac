"""A body keeps nobody from judging its evidence by naming them as the owner of another promise."""

from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.evidence.test_routes import ACCEPT
from tests.loop.scenes import promise, scene_of


async def test_whoever_is_only_named_as_an_owner_judges_as_another_organisation(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    first, evidence = (await scene.committed())["commitments"][0]["id"], await scene.shown()
    owner = {"organisation": str(scene.judge_organisation), "team": "quality", "role": "head of quality"}
    await scene.done(scene.lead, "commitments", promise(scene.judge_organisation, owner=owner))
    await scene.done(scene.estates, f"/v1/commitments/{first}/change-claims", {})
    await scene.done(scene.judge, f"/v1/evidence/{evidence['id']}/verification", ACCEPT)
    assert scene.loop["judged_by"] == "another_organisation"
