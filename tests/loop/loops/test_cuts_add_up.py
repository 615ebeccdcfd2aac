"""Many small cuts are measured together, against what was written first."""

from shared.events.feedback import FeedbackErased
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish, SetTime
from tests.loop.loops.test_covering import ABOUT, LOOKED, NAME, told_everywhere
from tests.loop.loops.test_halting import hear
from tests.loop.loops.test_left_to_others import LATE, raised_by_others
from tests.loop.loops.test_wording import worded
from tests.loop.scenes import refusal, scene_of
from tests.loop.tellings.voices import let_pass


async def test_cuts_in_what_others_wrote_add_up(service: ServiceClient, publish: Publish) -> None:
    scene = await told_everywhere(service, publish, voices=3)
    await hear(scene, FeedbackErased, state="erased", erased_by="person")
    await scene.done(scene.lead, "opening", LOOKED | {"cover": ["later than it had agreed with us"]})
    await hear(scene, FeedbackErased, nth=1, state="erased", erased_by="person")
    # Half of it is left of what the first cut left, and less of the whole.
    answer = await scene.send(scene.lead, "opening", LOOKED | {"cover": ["delivers six weeks"]})
    assert refusal(answer) == (422, "only_cuts")
    await scene.done(scene.lead, "opening", LOOKED | {"cover": ["six weeks"]})
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


async def test_cuts_in_the_words_of_a_loop_add_up(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish, voices=3, you_said=ABOUT, raised_by="independent")
    await scene.done(scene.lead, "opening", LOOKED)
    await scene.done(scene.lead, "statement", {"statement": "We thank everybody who has written."})
    for nth, (passage, wording) in enumerate(
        (
            ("that nobody comes when somebody rings", "cut"),
            ("told us that", "changed_by_the_body"),
        )
    ):
        await hear(scene, FeedbackErased, nth=nth, state="erased", erased_by="person")
        await scene.done(scene.lead, "opening", LOOKED | {"cover": [passage]})
        assert scene.loop["wording"] == wording
    assert scene.loop["you_said"] == f"{NAME} […] the door is heavy, and […]."
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


async def test_what_others_cut_too_deep_shows_as_changed_by_others(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene = await raised_by_others(service, publish, voices=4)
    for nth, (words, wording) in enumerate(
        (("The […] too heavy.", "cut"), ("The […] too […].", "changed_by_others"))
    ):
        await hear(scene, FeedbackErased, nth=nth, state="erased", erased_by="body")
        let_pass(set_time, LATE)
        await scene.done(scene.stranger, "moderation", {"moderated": True, "you_said": words})
        assert worded(scene.loop)[0] == wording
    await scene.done(scene.lead, "opening", {"moderated": True, "you_said": "People want another door."})
    assert worded(scene.loop)[0] == "changed_by_the_body"
    await hear(scene, FeedbackErased, nth=2, state="erased", erased_by="body")
    let_pass(set_time, LATE)
    await scene.done(scene.stranger, "moderation", {"moderated": True, "you_said": "People want […] door."})
    # The body's words with a cut are still the body's.
    assert worded(scene.loop)[0] == "changed_by_the_body"
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]
