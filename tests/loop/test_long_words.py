"""No step masks long words on the event loop: there every other request would wait."""

import pytest

from services.loop.history import domain as history
from services.loop.steps import STEPS
from shared.events.feedback import FeedbackRevised
from tests.fixtures.clients import ServiceClient
from tests.fixtures.masks import LONG, long_masks
from tests.loop.conftest import Publish, SetTime
from tests.loop.loops.test_halting import RESUMED, hear
from tests.loop.loops.test_wording import left
from tests.loop.scenes import Scene, decision, photo, promise, scene_of
from tests.loop.tellings.voices import declined_scene, let_pass

# These take no words.
WORDLESS = {"acceptance", "consideration", "acknowledgement", "agreement"}
REASON = "The maker of the door delivers six weeks later than it had agreed with us. " + LONG


async def lead_to_the_end(scene: Scene) -> None:
    """Take the steps that lead to people being told, with long words in each."""
    lead, estates = scene.lead, scene.estates
    await scene.done(lead, "opening", {"moderated": True, "you_said": LONG})
    await scene.done(lead, "opening", {"moderated": True, "you_said": LONG})
    await scene.done(lead, "acknowledgement", await scene.previewed())
    await scene.done(lead, "statement", {"statement": LONG})
    await scene.done(lead, "evidence", photo(description=LONG))
    await scene.done(lead, "decisions", decision(reason=REASON))
    await scene.done(lead, "commitments", promise(scene.board.footprint_id, measure=LONG))
    path = f"/v1/commitments/{scene.commitment['id']}"
    await scene.done(estates, f"{path}/acceptance")
    await scene.done(lead, f"{path}/revisions", {"due_on": "2090-01-01", "reason": REASON})
    await scene.done(estates, f"{path}/evidence", photo(description="We held a meeting. " + LONG))
    await scene.done(estates, f"{path}/change-claims", {"because": LONG})
    judged = f"/v1/evidence/{scene.commitment['evidence'][-1]['id']}/verification"
    await scene.done(scene.judge, judged, {"accept": True, "reason": REASON})
    await hear(scene, FeedbackRevised, kind="complaint")
    await scene.done(lead, "resumption", RESUMED | {"reason": REASON})


async def steps_of(scene: Scene) -> set[str]:
    """The steps of a loop's timeline that hold a long text."""
    items = (await scene.lead.get(f"{scene.path}/timeline")).json()["items"]
    return {each["step"] for each in items if any(len(text or "") > 2_000 for text in each["texts"].values())}


async def test_every_step_masks_long_words_in_a_thread(
    service: ServiceClient, publish: Publish, monkeypatch: pytest.MonkeyPatch, set_time: SetTime
) -> None:
    with long_masks(monkeypatch, history) as masked:
        scene = await scene_of(service, publish, voices=2, you_said=LONG)
        await lead_to_the_end(scene)
        taken = await steps_of(scene)
        told, _ = await declined_scene(service, publish, reachable=0, unreachable=2)
        step = await told.example("group_telling")
        await told.done(told.lead, "tellings", step["example"] | {"note": LONG})
        taken |= await steps_of(told)
        abandoned = await left(service, publish, set_time, you_said=LONG)
        await abandoned.done(abandoned.stranger, "moderation", {"moderated": True})
        await hear(abandoned, FeedbackRevised, kind="complaint")
        let_pass(set_time, 16)
        other = {"title": "Doors", "you_said": "They are heavy, people said. " + LONG}
        path = "resumption-by-others"
        await abandoned.done(abandoned.stranger, path, RESUMED | other | {"reason": REASON})
        taken |= await steps_of(abandoned)
    assert masked[True] == 0
    assert masked[False] >= len(taken)
    named = {name for name, step in STEPS.items() if step.route}
    assert taken - {"draft"} == named - WORDLESS
