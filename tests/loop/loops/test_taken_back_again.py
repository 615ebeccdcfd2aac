"""A body that has seen reply codes cannot hide a loop again and again by taking back what it sent itself."""

from shared.events.feedback import FeedbackErased
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.loops.test_halting import becomes_complaint, hear
from tests.loop.loops.test_left_to_others import raised_by_others


async def test_a_body_that_takes_back_what_it_sent_again_and_again_has_its_time_once(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await raised_by_others(service, publish, voices=5)
    erased = {"state": "erased", "erased_by": "person"}
    await hear(scene, FeedbackErased, nth=0, **erased)
    assert scene.loop["waits_for"] == "the_body"
    await scene.done(scene.lead, "opening", {"moderated": True})
    # The body sent this too, so it has seen the reply code that it was taken back with.
    await hear(scene, FeedbackErased, nth=1, **erased)
    assert scene.loop["waits_for"] == "the_body_or_others"
    await scene.done(scene.stranger, "moderation", {"moderated": True})
    scene.said[2] = scene.said[2].model_copy(update={"sender_id": new_id()})
    await hear(scene, FeedbackErased, nth=2, **erased)
    assert scene.loop["waits_for"] == "the_body"
    await scene.done(scene.lead, "opening", {"moderated": True})
    await becomes_complaint(scene, nth=3)
    assert (scene.loop["halted_by"], scene.loop["waits_for"]) == ("the_body_itself", "the_body_or_others")
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]
