"""Opening, acknowledging, considering and stating: what each refuses, and what each leaves behind."""

import pytest
from sqlalchemy import delete, select, update

from services.loop.models import FeedbackCopy, LoopFeedback
from services.loop.records import Telling
from shared.errors import Problem
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.examples import feedback, organisation
from tests.loop.scenes import decision, person, photo, promise, refusal, scene_of


async def test_a_loop_without_feedback_does_not_open(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish, voices=0)
    answer = await scene.send(scene.lead, "opening", {"moderated": True})
    assert refusal(answer) == (422, "feedback_required")


async def test_feedback_that_became_a_complaint_keeps_a_loop_closed(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    async with service.state.sessions.begin() as session:
        said = FeedbackCopy.id == scene.said[0].feedback_id
        await session.execute(update(FeedbackCopy).where(said).values(kind="complaint"))
    answer = await scene.send(scene.lead, "opening", {"moderated": True})
    assert refusal(answer) == (422, "complaint_in_loop")


async def test_a_loop_opens_only_after_a_person_has_read_it(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    for step in ("opening", "acknowledgement"):
        assert refusal(await scene.send(scene.lead, step, {})) == (422, "moderation_required")
    loop = await scene.done(scene.lead, "opening", {"moderated": True, "title": "The front door"})
    assert (loop["state"], loop["title"], loop["version"]) == ("open", "The front door", 2)
    assert (await service.get(scene.path)).json()["title"] == "The front door"


async def test_a_draft_is_nobody_elses_and_an_open_loop_is_everybodys(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    assert (await service.get(scene.path)).status_code == 404
    assert refusal(await scene.send(scene.stranger, "opening", {"moderated": True}))[0] == 404
    await scene.done(scene.lead, "opening", {"moderated": True})
    shown = (await service.get(scene.path)).json()
    assert (shown["state"], shown["feedback_ids"]) == ("open", [])
    listed = (await service.get("/v1/loops", params={"footprint": str(scene.board.footprint_id)})).json()
    assert [each["id"] for each in listed["items"]] == [scene.loop["id"]]


async def test_only_the_body_that_is_to_answer_takes_its_steps(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await scene.done(scene.lead, "opening", {"moderated": True})
    steps = {
        "acknowledgement": {"preview_id": "x"},
        "consideration": None,
        "statement": {"statement": "We know."},
        "opening": {"moderated": True},
    }
    for step, body in steps.items():
        assert refusal(await scene.send(scene.stranger, step, body)) == (403, "not_responsible")
        assert refusal(await scene.send(scene.judge, step, body)) == (403, "scope_missing")


async def test_acknowledging_takes_the_preview_of_this_loop(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish, voices=2)
    async with service.state.sessions.begin() as session:
        said = FeedbackCopy.id.in_([each.feedback_id for each in scene.said])
        await session.execute(update(FeedbackCopy).where(said).values(reachable=True))
    other = await (await scene_of(service, publish, voices=2)).previewed()
    step = await scene.example("acknowledgement")
    assert refusal(await scene.send(scene.lead, "acknowledgement", step["example"])) == (
        422,
        "preview_required",
    )
    assert refusal(await scene.send(scene.lead, "acknowledgement", {"moderated": True})) == (
        422,
        "preview_required",
    )
    of_other = await scene.send(scene.lead, "acknowledgement", other)
    assert refusal(of_other) == (422, "preview_required")
    loop = await scene.acknowledged()
    assert loop["state"] == "acknowledged"
    async with service.state.sessions() as session:
        asked = (await session.scalars(select(Telling).where(Telling.loop_id == loop["id"]))).all()
    assert sorted(each.feedback_id for each in asked) == sorted(each.feedback_id for each in scene.said)
    assert {(each.kind, each.state) for each in asked} == {("acknowledged", "requested")}


async def test_a_body_states_once(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    early = await scene.send(scene.lead, "statement", {"statement": "We know."})
    assert refusal(early) == (409, "step_not_allowed")
    await scene.acknowledged()
    loop = await scene.done(scene.lead, "statement", {"statement": "We know."})
    assert (loop["statement"], loop["state"]) == ("We know.", "acknowledged")
    again = await scene.send(scene.lead, "statement", {"statement": "We really know."})
    assert refusal(again) == (409, "statement_given")


async def test_considering_comes_after_acknowledging(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    assert refusal(await scene.send(scene.lead, "consideration")) == (409, "step_not_allowed")
    await scene.acknowledged()
    assert (await scene.done(scene.lead, "consideration"))["state"] == "considering"
    assert refusal(await scene.send(scene.lead, "consideration")) == (409, "step_not_allowed")


STEPS = ["opening", "acknowledgement", "consideration", "decisions", "commitments", "evidence", "statement"]


@pytest.mark.parametrize("step", STEPS)
async def test_every_step_takes_if_match_and_who_acts(
    service: ServiceClient, publish: Publish, step: str
) -> None:
    scene = await scene_of(service, publish)
    bodies = {
        "decisions": decision(),
        "commitments": promise(scene.board.footprint_id),
        "evidence": photo(),
        "statement": {"statement": "We know."},
    }
    body = bodies.get(step, {})
    assert refusal(await scene.lead.post(f"{scene.path}/{step}", json=body)) == (428, "version_required")
    assert refusal(await scene.send(scene.lead, step, body, version=7)) == (412, "version_stale")
    del scene.lead.headers["Doorway-Actor"]
    assert refusal(await scene.send(scene.lead, step, body)) == (422, "invalid")
    nobody = await scene.send(service, step, body)
    assert refusal(nobody) == (401, "key_required")


async def test_the_same_key_takes_a_step_once(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    headers = {"Idempotency-Key": str(new_id()), "If-Match": '"1"'}
    answers = [
        await scene.lead.post(f"{scene.path}/opening", json={"moderated": True}, headers=headers)
        for _ in range(2)
    ]
    assert [each.status_code for each in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["Idempotent-Replayed"] == "true"


async def test_feedback_that_is_gone_opens_no_loop(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    async with service.state.sessions.begin() as session:
        await session.execute(delete(LoopFeedback).where(LoopFeedback.loop_id == scene.loop["id"]))
    answer = await scene.send(scene.lead, "opening", {"moderated": True})
    assert refusal(answer) == (422, "feedback_required")


async def test_a_loop_of_an_invented_body_is_marked_as_a_demonstration(
    service: ServiceClient, publish: Publish
) -> None:
    invented, real = organisation(demonstration=True), organisation()
    await publish(invented, real)
    of_real, of_invented = feedback(real.organisation_id), feedback(invented.organisation_id)
    await publish(of_real, of_invented)
    for body, said, asked, marked in (
        (invented, of_invented, False, True),
        (real, of_real, False, False),
        (real, of_real, True, None),
    ):
        client = person(service, body.organisation_id, "engagement", "lead-1")
        draft = {
            "title": "Doors",
            "you_said": "Heavy.",
            "organisation": str(body.organisation_id),
            "feedback_ids": [str(said.feedback_id)],
        }
        answer = await client.post("/v1/loops", json=draft | {"demonstration": asked})
        if marked is None:
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/demonstration")
        else:
            assert answer.json()["demonstration"] is marked


def test_every_problem_of_the_loop_says_what_to_do() -> None:
    ours = [each for each in Problem.catalogue.values() if each.__module__.startswith("services.loop.")]
    assert len(ours) >= 15
    assert [each.code for each in ours if len(each.sentence()) < 40] == []
