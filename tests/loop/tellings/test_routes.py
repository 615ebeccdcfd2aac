"""Tellings over HTTP: the preview, what became of them, and what people were told together."""

from datetime import timedelta

from shared.clock import today
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.scenes import refusal
from tests.loop.tellings.voices import declined_scene, telling_scene

TOGETHER = {"held_on": today().isoformat(), "way": "meeting of the patients' panel", "people": 14}


async def test_the_preview_says_how_many_and_has_an_id(service: ServiceClient, publish: Publish) -> None:
    scene, _ = await telling_scene(service, publish, reachable=2, unreachable=1)
    seen = (await scene.lead.get(f"{scene.path}/tellings/preview")).json()
    assert (seen["contributors"], seen["reachable"], seen["unreachable"]) == (3, 2, 1)
    assert seen["kind"] == "acknowledged"
    assert len(seen["preview_id"]) == 16


async def test_only_the_body_sees_tellings(service: ServiceClient, publish: Publish) -> None:
    scene, _ = await declined_scene(service, publish, reachable=1)
    for path in ("tellings", "tellings/preview"):
        assert refusal(await scene.stranger.get(f"{scene.path}/{path}")) == (404, "not_found")
        assert refusal(await service.get(f"{scene.path}/{path}")) == (401, "key_required")


async def test_where_nobody_can_be_told_a_group_telling_opens_verdicts(
    service: ServiceClient, publish: Publish
) -> None:
    scene, _ = await declined_scene(service, publish, reachable=0, unreachable=2)
    assert scene.loop["state"] == "telling"
    step = await scene.example("group_telling")
    assert step["missing"][0]["pointer"] == "/held_on"
    await scene.done(scene.lead, "tellings", step["example"] | {"note": "In the hall."})
    assert scene.loop["state"] == "verdict_open"
    seen = (await scene.lead.get(f"{scene.path}/tellings")).json()
    assert [each["people"] for each in seen["group_tellings"]] == [14]
    assert (seen["told"], seen["reachable"]) == (0, 0)
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


async def test_a_group_telling_does_not_stand_for_those_who_can_be_told(
    service: ServiceClient, publish: Publish
) -> None:
    scene, _ = await declined_scene(service, publish, reachable=1)
    await scene.done(scene.lead, "tellings", TOGETHER)
    assert scene.loop["state"] == "telling"


async def test_a_group_telling_is_refused_before_its_day_before_its_time_and_to_others(
    service: ServiceClient, publish: Publish
) -> None:
    scene, _ = await telling_scene(service, publish, reachable=1)
    assert refusal(await scene.send(scene.lead, "tellings", TOGETHER)) == (409, "step_not_allowed")
    assert refusal(await scene.send(scene.stranger, "tellings", TOGETHER)) == (403, "not_responsible")
    scene, _ = await declined_scene(service, publish, reachable=0, unreachable=1)
    tomorrow = TOGETHER | {"held_on": (today() + timedelta(days=1)).isoformat()}
    assert refusal(await scene.send(scene.lead, "tellings", tomorrow)) == (422, "invalid")
    assert refusal(await scene.send(scene.lead, "tellings", TOGETHER, version=1)) == (412, "version_stale")
