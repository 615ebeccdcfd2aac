"""Tellings over HTTP: the preview, what became of them, and what people were told together."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.loop.core.access import lock_loop
from services.loop.tellings.domain import request_reminders
from shared.clock import today
from shared.events.feedback import TellingDelivered, TellingFact, TellingFailed, TellingHeld
from tests.fixtures.clients import ServiceClient
from tests.fixtures.figures import plain_counts
from tests.loop.conftest import Publish
from tests.loop.scenes import Scene, refusal, scene_of
from tests.loop.tellings.voices import (
    People,
    all_told,
    became,
    declined_scene,
    telling_scene,
    tellings_of,
)

TOGETHER = {"held_on": today().isoformat(), "way": "meeting of the patients' panel", "people": 14}


async def test_the_preview_says_how_many_and_has_an_id(service: ServiceClient, publish: Publish) -> None:
    scene, _ = await telling_scene(service, publish, reachable=12, unreachable=2)
    seen = plain_counts(await preview_of(scene))
    assert (seen["contributors"], seen["reachable"], seen["unreachable"]) == (14, 12, "fewer than 5")
    assert (seen["held"], seen["held_notice"], seen["unassessed"]) == ("fewer than 5", None, "fewer than 5")
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
    seen = plain_counts(await preview_of(scene))
    counts = [seen[name] for name in ("contributors", "reachable", "held", "unreachable")]
    assert counts == [20, "fewer than 5", "fewer than 5", 18]
    assert seen["unreachable_because"] is None  # the sum would tell that nobody has another reason
    assert seen["preview_id"] != before["preview_id"]
    await publish(people.reach(scene.said[11], reach="unreachable", reason="unreadable"), sequence=3)
    because = plain_counts((await preview_of(scene))["unreachable_because"])
    assert (because["suppressed"], because["no_agreement_or_address"]) == (6, 6)
    assert (because["address_refused"], because["unreadable"]) == (5, "fewer than 5")


FOUND: list[dict[str, Any]] = [
    {"reach": "reachable"},
    {"reach": "held", "reason": "sending_is_held"},
    {"reach": "unreachable", "reason": "suppressed"},
    {"reach": "unreachable", "reason": "address_refused"},
]


@pytest.mark.parametrize("voices", [1, 4])
async def test_a_preview_for_few_people_does_not_tell_what_became_of_an_address(
    service: ServiceClient, publish: Publish, voices: int
) -> None:
    scene, people = await telling_scene(service, publish, reachable=voices)
    seen = []
    for sequence, found in enumerate(FOUND, 2):
        await publish(people.reach(scene.said[0], **found), sequence=sequence)
        seen.append(await preview_of(scene))
    assert seen[1:] == seen[:1] * 3
    counts = [seen[0][name]["shown"] for name in ("reachable", "held", "unassessed", "unreachable")]
    assert counts == ["held back"] * 4


RESULTS: list[tuple[type[TellingFact], dict[str, Any]]] = [
    (TellingDelivered, {"in_format": "email"}),
    (TellingHeld, {"reason": "not_on_allow_list"}),
    (TellingFailed, {"reason": "suppressed"}),
    (TellingFailed, {"reason": "address_refused"}),
]


async def test_nobody_reads_what_became_of_a_message_to_one_person(
    service: ServiceClient, publish: Publish
) -> None:
    pages = []
    for kind, facts in RESULTS:
        scene, _ = await declined_scene(service, publish, reachable=1)
        [only] = await tellings_of(scene, "declined")
        await became(scene, only, kind, **facts)
        seen = plain_counts((await scene.lead.get(f"{scene.path}/tellings")).json())
        about = {"footprint": scene.loop["footprint_id"]}
        own = plain_counts((await scene.lead.get("/v1/loops/measures", params=about)).json())["told"]
        board = plain_counts((await scene.lead.get("/v1/board", params=about)).json())["items"][0]["told"]
        seen["tellings"] = [
            each | {"requested_at": None} for each in seen["tellings"] if each["kind"] == "declined"
        ]
        pages.append((seen, own, board))
    assert pages[1:] == pages[:1] * 3
    [row] = pages[0][0]["tellings"]
    assert (row["people"], row["states"], row["reasons"]) == ("fewer than 5", None, None)


async def test_what_became_of_the_messages_to_many_is_counted(
    service: ServiceClient, publish: Publish
) -> None:
    scene, _ = await declined_scene(service, publish, reachable=14)
    for position, sent in enumerate(await tellings_of(scene, "declined")):
        kind, facts = RESULTS[0] if position < 12 else RESULTS[2]
        await became(scene, sent, kind, **facts)
    seen = plain_counts((await scene.lead.get(f"{scene.path}/tellings")).json())
    row = next(each for each in seen["tellings"] if each["kind"] == "declined")
    assert (seen["told"], row["people"]) == (12, 14)
    assert (row["states"]["delivered"], row["states"]["suppressed"]) == (12, "fewer than 5")
    assert row["reasons"] is None


async def test_a_few_reminders_do_not_tell_who_has_given_no_verdict(
    service: ServiceClient, publish: Publish
) -> None:
    scene, _ = await declined_scene(service, publish, reachable=4)
    await all_told(scene)
    async with service.state.sessions.begin() as session:
        await request_reminders(session, await lock_loop(session, UUID(scene.loop["id"])))
    assert len(await tellings_of(scene, "verdict_reminder")) == 4
    kinds = [each["kind"] for each in (await scene.lead.get(f"{scene.path}/tellings")).json()["tellings"]]
    assert "verdict_reminder" not in kinds


async def test_acknowledging_needs_the_preview_of_how_many_are_left_out(
    service: ServiceClient, publish: Publish
) -> None:
    people = People(service)
    scene = await scene_of(service, publish, voices=0)
    said = [people.speak(scene.board.footprint_id) for _ in range(14)]
    await publish(*said)
    body = {"title": "Doors", "you_said": "Heavy.", "footprint": str(scene.board.footprint_id)}
    linked = {"feedback_ids": [str(each.feedback_id) for each in said]}
    scene.loop = (await scene.lead.post("/v1/loops", json=body | linked)).json()
    stale = {"preview_id": (await preview_of(scene))["preview_id"], "moderated": True}
    left_out = {"reach": "unreachable", "reason": "suppressed"}
    await publish(*(people.reach(each, **left_out) for each in said[:5]))
    await publish(*(people.reach(each) for each in said[5:12]))
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
    assert seen["told"]["shown"] == "fewer than 5"
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
