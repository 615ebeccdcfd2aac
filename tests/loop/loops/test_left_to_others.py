"""A body that does not look at hidden words in its time does not silence the loop: others may look."""

from datetime import datetime
from typing import Any

import pytest

from services.loop.clocks.domain import span_of_clock
from services.loop.timers.domain import announce_clocks, open_draft
from shared.clock import now
from shared.events.feedback import FeedbackErased
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish, SetTime
from tests.loop.loops.test_halting import (
    RESUMED,
    becomes_complaint,
    events_of,
    hear,
    last_steps,
    public_words,
)
from tests.loop.loops.test_wording import left, worded
from tests.loop.scenes import SCOPES, Scene, person, refusal, scene_of
from tests.loop.tellings.voices import let_pass

OTHER_WORDS = {"title": "What people asked for", "you_said": "People asked for a lighter door."}
# In so many days five working days end, whatever day it is.
LATE = 16


async def raised_by_others(service: ServiceClient, publish: Publish, *, voices: int = 2) -> Scene:
    """An acknowledged loop of a board that a charity raised; the board itself sent what it answers."""
    heard = [{"state": "published", "read_at": now()}] * voices
    scene = await scene_of(service, publish, heard=heard)
    board = scene.board.footprint_id
    draft = {
        "title": "Doors",
        "you_said": "The door is too heavy.",
        "raised_by": "independent",
        "footprint": str(board),
        "feedback_ids": [str(each.feedback_id) for each in scene.said],
    }
    made = await scene.stranger.post("/v1/loops", json=draft)
    assert made.status_code == 201, made.text
    scene.loop = made.json()
    scene.said = [each.model_copy(update={"sender_id": board}) for each in scene.said]
    await scene.acknowledged()
    return scene


def verifier_of(scene: Scene) -> ServiceClient:
    """Somebody of another organisation who verifies."""
    return person(scene.service, new_id(), "quality", "judge-2", "loop:read", "loop:verify")


async def expect_nobody_else(scene: Scene, step: str, body: dict[str, Any]) -> None:
    """Expect that neither the body, under any of its keys, nor somebody without the right takes a step."""
    own = scene.board.footprint_id
    teams = [person(scene.service, own, team, "x-1", *SCOPES, "loop:verify") for team in ("press", "a")]
    others = person(scene.service, scene.judge_organisation, "press", "press-1", "loop:read")
    unknown = person(scene.service, new_id(), "engagement", "lead-2", "loop:write", "loop:raise")
    for client in (scene.lead, scene.estates, *teams, others, unknown):
        assert refusal(await scene.send(client, step, body)) == (403, "not_responsible")
    assert (await scene.send(scene.service, step, body)).status_code == 401
    unnamed = verifier_of(scene)
    del unnamed.headers["Doorway-Actor"]
    assert refusal(await scene.send(unnamed, step, body)) == (422, "invalid")


async def announce_all(scene: Scene) -> None:
    """Publish what clocks say."""
    left_over = 1
    while left_over:
        async with scene.service.state.sessions.begin() as session:
            left_over = await announce_clocks(session)
    await scene.read()


@pytest.mark.parametrize("who", ["raiser", "verifier"])
async def test_others_resume_what_the_body_halted_itself_and_does_not_look_at(
    service: ServiceClient, publish: Publish, set_time: SetTime, who: str
) -> None:
    scene = await raised_by_others(service, publish)
    client = scene.stranger if who == "raiser" else verifier_of(scene)
    await becomes_complaint(scene)
    shown = (await service.get(scene.path)).json()
    due_at = span_of_clock("look", datetime.fromisoformat(shown["halted_at"])).due_at
    assert (shown["halted_by"], shown["halts"], shown["waits_for"]) == ("the_body_itself", 1, "the_body")
    assert datetime.fromisoformat(shown["others_may_act_from"]) == due_at
    assert refusal(await scene.send(client, "resumption-by-others", RESUMED)) == (409, "step_not_allowed")
    assert [each["step"] for each in (await client.get(f"{scene.path}/next")).json()["steps"]] == [
        "resumption"
    ]
    let_pass(set_time, LATE)
    assert (await service.get(scene.path)).json()["waits_for"] == "the_body_or_others"
    assert (await client.get(scene.path)).json()["title"] == "Doors"
    assert (await scene.example("resumption_by_others", client))["yours"]
    assert not (await scene.example("resumption_by_others", scene.estates))["yours"]
    await expect_nobody_else(scene, "resumption-by-others", RESUMED)
    rewritten = RESUMED | {"you_said": "Everything is fine."}
    assert refusal(await scene.send(client, "resumption-by-others", rewritten)) == (422, "only_cuts")
    unread = {"reason": RESUMED["reason"]}
    assert refusal(await scene.send(client, "resumption-by-others", unread)) == (422, "moderation_required")
    await scene.done(client, "resumption-by-others", RESUMED | {"you_said": "The door is too […]."})
    assert await public_words(scene) == ["Doors", "The door is too […]."]
    shown = (await service.get(scene.path)).json()
    assert [shown[name] for name in ("halted_at", "halted_by", "waits_for", "others_may_act_from")] == [
        None
    ] * 4
    assert (shown["halts"], shown["wording"], len(shown["feedback_ids"])) == (1, "cut", 1)
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]
    await scene.done(scene.lead, "consideration")
    assert await last_steps(scene, 3) == ["halt", "resumption_by_others", "consideration"]


async def test_a_halt_says_to_everybody_whose_sending_it_was_and_never_who(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await raised_by_others(service, publish, voices=3)
    board = {"footprint": str(scene.board.footprint_id)}
    senders = [
        (scene.board.footprint_id, "the_body_itself"),
        (new_id(), "another_organisation"),
        (None, None),
    ]
    for nth, (sender, role) in enumerate(senders):
        scene.said[nth] = scene.said[nth].model_copy(update={"sender_id": sender})
        await becomes_complaint(scene, nth=nth)
        [item] = [
            each
            for each in (await service.get("/v1/board", params=board)).json()["items"]
            if each["loop_id"] == scene.loop["id"]
        ]
        assert (item["halted_by"], item["halts"], item["waits_for"]) == (role, nth + 1, "the_body")
        numbers = (await service.get("/v1/board", params=board)).json()["numbers"]["halted"]
        assert numbers == {
            "another_organisation": int(role == "another_organisation"),
            "the_body_itself": int(role == "the_body_itself"),
            "not_known": int(role is None),
        }
        assert (await service.get("/v1/loops/measures", params=board)).json()["halted"] == numbers
        for feed in ("board.atom", "board.json"):
            text = (await service.get(f"/v1/{feed}", params=board)).text
            assert "feedback in it became a complaint" in text
            assert ("what the body itself sent" in text) is (role == "the_body_itself")
        halt = (await service.get(f"{scene.path}/timeline")).json()["items"][-1]
        assert (halt["step"], halt["facts"].get("halted_by")) == ("halt", role)
        told = (await events_of(scene))[-1]
        assert (told["type"], told["data"]["halted_by"]) == ("loop.halted.v1", role)
        assert (await service.get(f"{scene.path}/verify")).json()["intact"]
        other = OTHER_WORDS if nth == 2 else {}
        await scene.done(scene.lead, "resumption", RESUMED | other)


async def test_a_loop_of_complaints_alone_goes_on_with_other_words_that_show_as_others(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene = await raised_by_others(service, publish, voices=1)
    await becomes_complaint(scene)
    let_pass(set_time, LATE)
    step = "resumption-by-others"
    for words in (
        {},
        {"title": "Other"},
        OTHER_WORDS | {"you_said": "The door is too heavy."},
        OTHER_WORDS | {"you_said": "The door is too […]."},
        OTHER_WORDS | {"title": "Doors"},
    ):
        assert refusal(await scene.send(scene.stranger, step, RESUMED | words)) == (422, "invalid")
        assert refusal(await scene.send(scene.lead, "resumption", RESUMED | words)) == (422, "invalid")
    await scene.done(scene.stranger, step, RESUMED | OTHER_WORDS)
    assert worded((await service.get(scene.path)).json()) == ("changed_by_others", "not_asked")
    feed = await service.get("/v1/board.atom", params={"footprint": str(scene.board.footprint_id)})
    assert "You said (as changed by others)" in feed.text
    # The body may still give its own, and then the loop says so.
    await scene.done(scene.lead, "opening", {"moderated": True, "you_said": "People want another door."})
    assert worded(scene.loop)[0] == "changed_by_the_body"
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


@pytest.mark.parametrize("step", ["resumption", "resumption-by-others"])
@pytest.mark.parametrize("reason", ["Fine.", "due to operational reasons", "the the the the the the the the"])
async def test_a_thin_reason_resumes_nothing(
    service: ServiceClient, publish: Publish, set_time: SetTime, step: str, reason: str
) -> None:
    scene = await raised_by_others(service, publish)
    await becomes_complaint(scene)
    let_pass(set_time, LATE)
    client = scene.lead if step == "resumption" else scene.stranger
    answer = await scene.send(client, step, RESUMED | {"reason": reason})
    assert refusal(answer) == (422, "reason_too_thin")
    assert answer.json()["errors"][0]["pointer"] == "/reason"


async def test_hiding_words_again_buys_no_time(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene = await raised_by_others(service, publish, voices=3)
    await becomes_complaint(scene)
    from_when = scene.loop["others_may_act_from"]
    let_pass(set_time, 3)
    await hear(scene, FeedbackErased, nth=1, state="erased", erased_by="body")
    assert scene.loop["others_may_act_from"] == from_when
    let_pass(set_time, LATE)
    await becomes_complaint(scene, nth=2)
    assert (scene.loop["others_may_act_from"], scene.loop["waits_for"]) == (from_when, "the_body_or_others")
    await announce_all(scene)
    breached = [each for each in await events_of(scene) if each["type"] == "loop.clock_breached.v1"]
    assert [each["data"]["clock"] for each in breached].count("look") == 1
    measures = await service.get("/v1/loops/measures", params={"organisation": scene.loop["organisation_id"]})
    assert measures.json()["on_time"]["look"] == {"part": 0, "of": 1, "share": 0.0}


@pytest.mark.parametrize("who", ["raiser", "verifier"])
async def test_others_look_at_words_that_were_hidden_because_somebody_took_theirs_back(
    service: ServiceClient, publish: Publish, set_time: SetTime, who: str
) -> None:
    scene = await raised_by_others(service, publish)
    client = scene.stranger if who == "raiser" else verifier_of(scene)
    await hear(scene, FeedbackErased, state="erased", erased_by="body")
    looked = {"moderated": True}
    assert refusal(await scene.send(client, "moderation", looked)) == (409, "step_not_allowed")
    if who == "verifier":
        assert (await client.get(scene.path)).json()["title"] is None
    let_pass(set_time, LATE)
    assert (await client.get(scene.path)).json()["title"] == "Doors"
    await expect_nobody_else(scene, "moderation", looked)
    await scene.done(client, "moderation", looked)
    assert await public_words(scene) == ["Doors", "The door is too heavy."]
    assert (await service.get(scene.path)).json()["waits_for"] is None
    assert refusal(await scene.send(client, "moderation", looked)) == (409, "step_not_allowed")
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


async def test_a_body_that_halts_its_own_loop_again_has_no_time_to_itself(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await raised_by_others(service, publish, voices=3)
    await becomes_complaint(scene, nth=0)
    await scene.done(scene.lead, "resumption", RESUMED)
    await becomes_complaint(scene, nth=1)
    shown = (await service.get(scene.path)).json()
    assert (shown["halts"], shown["waits_for"]) == (2, "the_body_or_others")
    assert shown["others_may_act_from"] <= shown["halted_at"]
    await scene.done(scene.stranger, "resumption-by-others", RESUMED)
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


async def test_a_body_that_left_a_loop_lying_and_halts_it_has_its_time_once(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene = await left(service, publish, set_time)
    assert scene.loop["waits_for"] == "the_body_or_others"
    await becomes_complaint(scene)
    assert scene.loop["waits_for"] == "the_body"
    let_pass(set_time, LATE)
    await scene.done(scene.stranger, "resumption-by-others", RESUMED | OTHER_WORDS)
    assert (await service.get(scene.path)).json()["title"] == OTHER_WORDS["title"]


async def test_a_draft_that_others_raised_opens_although_the_body_made_it_a_complaint(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene = await raised_by_others(service, publish, voices=1)
    draft = {
        "title": "Doors",
        "you_said": "The door is too heavy.",
        "raised_by": "independent",
        "footprint": str(scene.board.footprint_id),
        "feedback_ids": [str(each.feedback_id) for each in scene.said],
    }
    scene.loop = (await scene.stranger.post("/v1/loops", json=draft)).json()
    await becomes_complaint(scene)
    step = "resumption-by-others"
    verifier = verifier_of(scene)
    assert refusal(await scene.send(scene.stranger, step, RESUMED | OTHER_WORDS))[0] == 409
    let_pass(set_time, LATE)
    assert refusal(await scene.send(verifier, step, RESUMED | OTHER_WORDS)) == (404, "not_found")
    await scene.done(scene.stranger, step, RESUMED | OTHER_WORDS)
    last, opened = None, True
    while opened:
        async with service.state.sessions.begin() as session:
            last = await open_draft(session, last)
        opened = last is not None
    shown = (await service.get(scene.path)).json()
    assert (shown["state"], shown["title"], shown["waits_for"]) == ("open", OTHER_WORDS["title"], None)
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]
