"""A loop waits for a person, its words hidden, where feedback in it becomes a complaint or is taken back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from services.loop.consumers import COPIES, REACTIONS
from services.loop.timers.domain import announce_clocks
from shared.consumers import Heard
from shared.events import Envelope
from shared.events.feedback import (
    FeedbackErased,
    FeedbackRestated,
    FeedbackRevised,
    FeedbackState,
    FeedbackWithdrawn,
)
from shared.outbox import Outbox
from tests.fixtures.clients import ServiceClient
from tests.fixtures.figures import plain_counts
from tests.loop.conftest import Publish, SetTime
from tests.loop.scenes import Scene, refusal, scene_of
from tests.loop.tellings.voices import all_told, changed_scene, let_pass
from tests.loop.verdicts.test_closing import close_all

WORDS = ("title", "you_said")
RESUMED = {"moderated": True, "reason": "The team for complaints answers that person. The rest goes on."}


async def hear(scene: Scene, event: type[FeedbackState], *, nth: int = 0, **facts: Any) -> None:
    """Let the loop hear of a piece of feedback, in its copy and in what it does."""
    heard = event(**scene.said[nth].model_dump() | facts)
    async with scene.service.state.sessions.begin() as session:
        envelope = Envelope.wrap(heard, 9)
        await COPIES[event](session, [Heard(heard, envelope)])
        await REACTIONS[event](session, heard, envelope)
    await scene.read()


async def becomes_complaint(scene: Scene, *, nth: int = 0) -> None:
    """Let a piece of feedback become a complaint."""
    await hear(scene, FeedbackRevised, nth=nth, kind="complaint")


async def public_words(scene: Scene) -> list[str | None]:
    """The title and the summary as everybody sees them, which no other page may contradict."""
    loop = (await scene.service.get(scene.path)).json()
    board = (await scene.service.get("/v1/board", params={"footprint": loop["footprint_id"]})).json()
    [item] = [each for each in board["items"] if each["loop_id"] == loop["id"]]
    assert [item[name] for name in WORDS] == [loop[name] for name in WORDS]
    texts = [
        entry["texts"].get(f"loop.{name}")
        for entry in (await scene.service.get(f"{scene.path}/timeline")).json()["items"]
        for name in WORDS
    ]
    export = (await scene.service.get(f"{scene.path}/export")).text
    if loop["title"] is None:
        assert set(texts) == {None}
        assert "The door is too heavy." not in export
    return [loop[name] for name in WORDS]


async def events_of(scene: Scene) -> list[dict[str, Any]]:
    """The loop's events, oldest first."""
    async with scene.service.state.sessions() as session:
        mine = select(Outbox).where(Outbox.aggregate_id == UUID(scene.loop["id"])).order_by(Outbox.position)
        return [{"type": each.type, **orjson.loads(each.body)} for each in await session.scalars(mine)]


async def last_steps(scene: Scene, count: int) -> Sequence[str]:
    """The last steps of the timeline."""
    items = (await scene.service.get(f"{scene.path}/timeline")).json()["items"]
    return [entry["step"] for entry in items[-count:]]


async def test_a_complaint_halts_a_loop_until_a_person_resumes_it(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish, voices=2)
    await scene.acknowledged()
    assert await public_words(scene) == ["Doors", "The door is too heavy."]
    await becomes_complaint(scene)
    assert scene.loop["halted_at"]
    assert await public_words(scene) == [None, None]
    assert refusal(await scene.send(scene.lead, "consideration")) == (409, "loop_halted")
    assert refusal(await scene.send(scene.lead, "opening", {"moderated": True})) == (409, "loop_halted")
    steps = (await scene.lead.get(f"{scene.path}/next")).json()["steps"]
    assert [(each["step"], each["yours"]) for each in steps] == [("resumption", True)]
    assert steps[0]["due_on"]
    bare = {"reason": RESUMED["reason"]}
    assert refusal(await scene.send(scene.lead, "resumption", bare)) == (422, "moderation_required")
    assert refusal(await scene.send(scene.stranger, "resumption", RESUMED)) == (403, "not_responsible")
    await scene.done(scene.lead, "resumption", RESUMED | {"you_said": "Doors are heavy."})
    assert (scene.loop["halted_at"], scene.loop["resumed_because"]) == (None, RESUMED["reason"])
    assert scene.loop["feedback_ids"] == [str(scene.said[1].feedback_id)]
    assert await public_words(scene) == ["Doors", "Doors are heavy."]
    assert await last_steps(scene, 2) == ["halt", "resumption"]
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]
    assert refusal(await scene.send(scene.lead, "resumption", RESUMED)) == (409, "step_not_allowed")
    await scene.done(scene.lead, "consideration")
    types = [each["type"] for each in await events_of(scene)]
    assert types[-3:] == ["loop.halted.v1", "loop.resumed.v1", "loop.considered.v1"]


async def test_what_was_set_aside_counts_no_more_and_halts_no_more(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish, voices=6)
    await scene.acknowledged()
    await becomes_complaint(scene)
    await scene.done(scene.lead, "resumption", RESUMED)
    length = scene.loop["length"]
    await hear(scene, FeedbackRestated, kind="complaint")
    assert (scene.loop["halted_at"], scene.loop["length"]) == (None, length)
    board = (await scene.lead.get("/v1/board", params={"organisation": scene.loop["organisation_id"]})).json()
    board = plain_counts(board)
    assert (board["numbers"]["said"], board["items"][0]["said"]) == (5, 5)
    await hear(scene, FeedbackRestated, nth=1, kind="complaint")
    assert scene.loop["halted_at"]


async def test_the_words_of_a_complaint_alone_give_way_to_others(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    await becomes_complaint(scene)
    assert refusal(await scene.send(scene.lead, "resumption", RESUMED)) == (422, "invalid")
    example = (await scene.example("resumption"))["example"]
    await scene.done(scene.lead, "resumption", example)
    assert await public_words(scene) == [example["title"], example["you_said"]]
    assert scene.loop["feedback_ids"] == []


async def test_a_halt_moves_the_end_no_further_and_people_vote_until_then(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene, people = await changed_scene(service, publish, reachable=2)
    await all_told(scene)
    await becomes_complaint(scene)
    codes = [people.codes[each.feedback_id] for each in scene.said]
    given = await service.post("/v1/replies/verdict", json={"reply_code": codes[0], "did_it_happen": "no"})
    assert given.status_code == 200, given.text
    let_pass(set_time, 29)
    late = await service.post("/v1/replies/verdict", json={"reply_code": codes[1], "did_it_happen": "yes"})
    assert refusal(late) == (409, "verdict_not_open")
    await close_all(scene)
    assert (scene.loop["state"], scene.loop["closed_as"]) == ("closed", "disputed")
    assert (scene.loop["halted_at"] is not None, await public_words(scene)) == (True, [None, None])
    await scene.done(scene.lead, "resumption", RESUMED)
    assert (scene.loop["state"], scene.loop["halted_at"]) == ("closed", None)


async def test_the_words_of_several_wait_for_a_person_when_one_takes_theirs_back(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish, voices=2)
    await scene.acknowledged()
    await hear(scene, FeedbackWithdrawn, state="withdrawn", withdrawn_by="person")
    assert await public_words(scene) == [None, None]
    assert (scene.loop["title"], scene.loop["halted_at"]) == ("Doors", None)
    step = await scene.example("moderation")
    assert step["due_on"]
    assert step["yours"]
    await scene.done(scene.lead, "consideration")
    await scene.done(scene.lead, "opening", {"moderated": True, "you_said": "Doors are heavy."})
    assert await public_words(scene) == ["Doors", "Doors are heavy."]
    # The erasure that follows the withdrawal, or is told again, hides nothing: somebody has looked.
    for event in (FeedbackErased, FeedbackRestated):
        await hear(scene, event, state="erased", erased_by="person")
    assert await public_words(scene) == ["Doors", "Doors are heavy."]
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]
    types = [each["type"] for each in await events_of(scene)]
    assert types.count("loop.words_hidden.v1") == 1
    await hear(scene, FeedbackErased, nth=1, state="erased", erased_by="person")
    assert await public_words(scene) == [None, None]


async def test_whoever_read_a_draft_before_words_were_taken_back_reads_it_again(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish, voices=2)
    seen = scene.loop["version"]
    await hear(scene, FeedbackErased, state="erased", erased_by="person")
    stale = await scene.send(scene.lead, "opening", {"moderated": True}, version=seen)
    assert refusal(stale) == (412, "version_stale")
    assert (await events_of(scene))[-1]["type"] == "loop.restated.v1"
    await scene.done(scene.lead, "opening", {"moderated": True})


async def test_whoever_does_not_look_in_five_working_days_is_told_once(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene = await scene_of(service, publish, voices=2)
    await scene.acknowledged()
    await hear(scene, FeedbackErased, state="erased", erased_by="person")
    let_pass(set_time, 14)
    left = 1
    while left:
        async with service.state.sessions.begin() as session:
            left = await announce_clocks(session)
    breached = [each for each in await events_of(scene) if each["type"] == "loop.clock_breached.v1"]
    assert [each["data"]["clock"] for each in breached].count("look") == 1


async def test_the_words_of_a_closed_loop_are_read_again_too(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene, _ = await changed_scene(service, publish, reachable=2)
    await all_told(scene)
    let_pass(set_time, 29)
    await close_all(scene)
    await hear(scene, FeedbackErased, state="erased", erased_by="person")
    assert (scene.loop["state"], await public_words(scene)) == ("closed", [None, None])
    await scene.done(scene.lead, "opening", {"moderated": True})
    assert await public_words(scene) == ["Doors", "Heavy."]
