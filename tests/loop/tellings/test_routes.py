"""Tellings over HTTP: the preview, what became of them, and what people were told together."""

from datetime import timedelta
from typing import Any

from shared.clock import today
from tests.fixtures.clients import ServiceClient
from tests.fixtures.figures import plain_counts
from tests.loop.conftest import Publish
from tests.loop.scenes import Scene, refusal, scene_of
from tests.loop.tellings.voices import People, declined_scene, telling_scene

TOGETHER = {"held_on": today().isoformat(), "way": "meeting of the patients' panel", "people": 14}


async def test_the_preview_says_how_many_and_has_an_id(service: ServiceClient, publish: Publish) -> None:
    scene, _ = await telling_scene(service, publish, reachable=2, unreachable=1)
    seen = (await scene.lead.get(f"{scene.path}/tellings/preview")).json()
    assert (seen["contributors"], seen["reachable"], seen["unreachable"]) == (3, 2, 1)
    assert (seen["held"], seen["held_notice"], seen["unassessed"]) == (0, None, 0)
    assert seen["unreachable_because"] is None
    assert seen["kind"] == "acknowledged"
    assert len(seen["preview_id"]) == 16


async def test_a_preview_follows_what_the_teller_finds(service: ServiceClient, publish: Publish) -> None:
    scene, people = await telling_scene(service, publish, reachable=14, unreachable=6)
    before = await preview_of(scene)
    for position, said in enumerate(scene.said[:13]):
        reach, reason = ("unreachable", "suppressed") if position < 6 else ("unreachable", "address_refused")
        if position == 12:
            reach, reason = "held", "not_on_allow_list"
        await publish(people.reach(said, reach=reach, reason=reason), sequence=2)
    seen = await preview_of(scene)
    assert [seen[name] for name in ("contributors", "reachable", "held", "unreachable")] == [20, 1, 1, 18]
    assert seen["held_notice"].startswith("This deployment holds mail")
    assert seen["unreachable_because"] is None  # the sum would tell that nobody has another reason
    assert seen["preview_id"] != before["preview_id"]
    await publish(people.reach(scene.said[11], reach="unreachable", reason="unreadable"), sequence=3)
    because = plain_counts((await preview_of(scene))["unreachable_because"])
    assert (because["suppressed"], because["no_agreement_or_address"]) == (6, 6)
    assert (because["address_refused"], because["unreadable"]) == (5, "fewer than 5")


async def test_acknowledging_needs_the_preview_of_those_whom_mail_reaches(
    service: ServiceClient, publish: Publish
) -> None:
    people = People(service)
    scene = await scene_of(service, publish, voices=0)
    said = people.speak(scene.board.footprint_id)
    await publish(said)
    body = {"title": "Doors", "you_said": "Heavy.", "footprint": str(scene.board.footprint_id)}
    drafted = await scene.lead.post("/v1/loops", json=body | {"feedback_ids": [str(said.feedback_id)]})
    scene.loop = drafted.json()
    stale = {"preview_id": (await preview_of(scene))["preview_id"], "moderated": True}
    await publish(people.reach(said, reach="unreachable", reason="suppressed"))
    assert refusal(await scene.send(scene.lead, "acknowledgement", stale)) == (422, "preview_required")
    await scene.acknowledged()
    assert scene.loop["state"] == "acknowledged"


async def preview_of(scene: Scene) -> dict[str, Any]:
    """Who would be told that the loop is acknowledged."""
    found: dict[str, Any] = (await scene.lead.get(f"{scene.path}/tellings/preview")).json()
    return found


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
