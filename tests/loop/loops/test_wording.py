"""Who answers may cut what names somebody from the words of others; anything else shows as changed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.loop.loops.wording import is_cut
from services.loop.timers.domain import open_draft
from shared.clock import now
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish, SetTime
from tests.loop.scenes import Scene, person, refusal, scene_of

FIRST = "Mrs Example waited nine hours, and the nurse at the desk said that nobody would come."
CUT = "[…] waited nine hours, and the nurse at the desk said that nobody would come."
ANOTHER = "People told us that they like our new desk very much."


async def raised(service: ServiceClient, publish: Publish, **fields: Any) -> Scene:
    """A draft for a board that a charity raised."""
    scene = await scene_of(service, publish, heard=[{"state": "published"}])
    draft = {
        "title": "Waiting at night",
        "you_said": FIRST,
        "you_said_agreed": "yes",
        "raised_by": "independent",
        "footprint": str(scene.board.footprint_id),
        "feedback_ids": [str(each.feedback_id) for each in scene.said],
    }
    made = await scene.stranger.post("/v1/loops", json=draft | fields)
    assert made.status_code == 201, made.text
    scene.loop = made.json()
    return scene


def worded(loop: dict[str, Any]) -> tuple[str, str]:
    """Whose words a loop shows, and whether people agreed them."""
    return loop["wording"], loop["you_said_agreed"]


@pytest.mark.parametrize(
    ("first", "now", "cut"),
    [
        ("Ann Lee came late", "[…] came late", True),
        ("late came Ann Lee", "late came […]", True),
        ("a door, a ramp, a lift", "a door, […], a lift", True),
        ("one Ann two Ann three Ann", "one […] two […] three […]", True),
        ("one two three", "[…]one two three[…]", True),
        ("one two three", "one two three", False),
        ("one two three", "one two four", False),
        ("one two three", "one […] four", False),
        ("one two three four", "three […] four", False),
        ("one two three four", "one […] three […] two four", False),
        ("aXa", "aXa […] aXa", False),
        ("aba", "ab[…]ba", False),
        ("The desk does not work at all", "The desk […]", False),
        ("The desk does not work at all", "The desk does […] work at all", True),
        ("one.two", "one[…]tw.", False),
    ],
)
def test_a_cut_leaves_the_first_words_in_their_order(first: str, now: str, *, cut: bool) -> None:
    assert is_cut(first, now) is cut


async def test_a_body_cuts_a_name_and_that_shows_as_a_cut(service: ServiceClient, publish: Publish) -> None:
    scene = await raised(service, publish)
    assert worded(scene.loop) == ("as_raised", "yes")
    loop = await scene.done(scene.lead, "opening", {"moderated": True, "you_said": CUT})
    assert (worded(loop), loop["you_said"]) == (("cut", "yes"), CUT)
    assert worded((await service.get(scene.path)).json()) == ("cut", "yes")


@pytest.mark.parametrize("field", ["title", "you_said"])
@pytest.mark.parametrize("step", ["opening", "acknowledgement"])
async def test_a_body_that_rewrites_what_others_raised_is_shown_wherever_the_words_are(
    service: ServiceClient, publish: Publish, field: str, step: str
) -> None:
    scene = await raised(service, publish)
    previewed = await scene.previewed() if step == "acknowledgement" else {}
    loop = await scene.done(scene.lead, step, {**previewed, "moderated": True, field: ANOTHER})
    assert worded(loop) == ("changed_by_the_body", "not_asked")
    place = {"footprint": str(scene.board.footprint_id)}
    listed = (await service.get("/v1/loops", params=place)).json()["items"]
    board = (await service.get("/v1/board", params=place)).json()["items"]
    assert [each["wording"] for each in (*listed, *board)] == ["changed_by_the_body"] * 2
    for feed in ("board.atom", "board.json"):
        assert "You said (as changed by the body)" in (await service.get(f"/v1/{feed}", params=place)).text
    timeline = (await service.get(f"{scene.path}/timeline")).json()["items"]
    assert [each["facts"].get("wording") for each in timeline][:2] == [None, "changed_by_the_body"]
    # The raiser still reads there what it wrote.
    assert "nobody would come" in (await scene.stranger.get(f"{scene.path}/timeline")).text
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


async def test_a_body_cannot_get_rid_of_the_mark_but_with_the_first_words(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await raised(service, publish)
    other = {"moderated": True, "you_said": ANOTHER}
    await scene.done(scene.lead, "opening", other)
    again = await scene.done(scene.lead, "opening", {"moderated": True})
    assert worded(again) == ("changed_by_the_body", "not_asked")
    shorter = {"moderated": True, "you_said": ANOTHER.replace("very much", "[…]")}
    assert worded(await scene.done(scene.lead, "opening", shorter))[0] == "changed_by_the_body"
    first = {"moderated": True, "you_said": scene_words(await scene.stranger.get(f"{scene.path}/timeline"))}
    assert worded(await scene.done(scene.lead, "opening", first)) == ("as_raised", "not_asked")


def scene_words(timeline: Any) -> str:
    """The summary with which a loop was raised, as its timeline shows it."""
    words: str = timeline.json()["items"][0]["texts"]["loop.you_said"]
    return words


async def test_cut_after_cut_is_no_cut_when_little_is_left(service: ServiceClient, publish: Publish) -> None:
    scene = await raised(service, publish)
    half = {"moderated": True, "you_said": "[…], and the nurse at the desk said that nobody would come."}
    assert worded(await scene.done(scene.lead, "opening", half))[0] == "cut"
    less = {"moderated": True, "you_said": "[…], and the nurse […] would come."}
    assert worded(await scene.done(scene.lead, "opening", less))[0] == "changed_by_the_body"


@pytest.mark.parametrize("nothing", ["[…]", "[…] […]", "[…].", "-", "…"])
@pytest.mark.parametrize("field", ["title", "you_said"])
async def test_nobody_cuts_everything(
    service: ServiceClient, publish: Publish, field: str, nothing: str
) -> None:
    scene = await raised(service, publish)
    answer = await scene.send(scene.lead, "opening", {"moderated": True, field: nothing})
    assert refusal(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["pointer"] == f"/{field}"
    assert (await scene.read())["state"] == "draft"


async def test_a_body_words_itself_what_it_raised_and_still_nobody_agreed_that(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish, you_said_agreed="yes")
    loop = await scene.done(scene.lead, "opening", {"moderated": True, "title": ANOTHER})
    assert worded(loop) == ("as_raised", "not_asked")


@pytest.mark.parametrize("named", ["group", "individual", "independent"])
async def test_what_a_body_enters_for_others_is_theirs(
    service: ServiceClient, publish: Publish, named: str
) -> None:
    scene = await scene_of(service, publish, raised_by=named)
    loop = await scene.done(scene.lead, "opening", {"moderated": True, "title": ANOTHER})
    assert worded(loop)[0] == "changed_by_the_body"


async def test_what_is_masked_is_compared_as_everybody_sees_it(
    service: ServiceClient, publish: Publish
) -> None:
    first = "Ring the desk on 07700 900123 before noon, they told us, and then nobody answered."
    scene = await raised(service, publish, you_said=first)
    assert "07700" not in scene.loop["you_said"]
    same = await scene.done(scene.lead, "opening", {"moderated": True, "you_said": first})
    assert worded(same) == ("as_raised", "yes")
    cut = first.replace("07700 900123", "[…]")
    assert worded(await scene.done(scene.lead, "opening", {"moderated": True, "you_said": cut}))[0] == "cut"


async def left(service: ServiceClient, publish: Publish, set_time: SetTime, **fields: Any) -> Scene:
    """A loop that a charity raised and a rule opened, because the body did nothing."""
    scene = await raised(service, publish, **fields)
    set_time(now() + timedelta(days=15))
    last: UUID | None = None
    while True:
        async with service.state.sessions.begin() as session:
            last = await open_draft(session, last)
        if last is None:
            break
    assert (await scene.read())["state"] == "open"
    return scene


@pytest.mark.parametrize("who", ["raiser", "verifier"])
async def test_who_raised_it_or_a_verifier_moderates_what_the_body_left(
    service: ServiceClient, publish: Publish, set_time: SetTime, who: str
) -> None:
    scene = await left(service, publish, set_time)
    another, raiser = new_id(), scene.judge_organisation
    verifier = person(service, another, "quality", "judge-2", "loop:verify")
    client, organisation = {"raiser": (scene.stranger, raiser), "verifier": (verifier, another)}[who]
    assert (await service.get(scene.path)).json()["title"] is None
    assert "waited nine hours" in (await client.get(scene.path)).json()["you_said"]
    assert (await scene.example("moderation_by_others", client))["yours"]
    other = await scene.send(client, "moderation", {"moderated": True, "you_said": ANOTHER})
    assert refusal(other) == (422, "only_cuts")
    assert refusal(await scene.send(client, "moderation", {"you_said": CUT})) == (422, "moderation_required")
    loop = await scene.done(client, "moderation", {"moderated": True, "you_said": CUT})
    assert worded(loop) == ("cut", "yes")
    assert (await service.get(scene.path)).json()["you_said"] == CUT
    last = (await service.get(f"{scene.path}/timeline")).json()["items"][-1]
    assert (last["step"], last["by"]["organisation"]) == (
        "moderation_by_others",
        str(organisation),
    )
    again = await scene.send(client, "moderation", {"moderated": True})
    assert refusal(again) == (409, "step_not_allowed")
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


async def test_a_body_does_not_moderate_in_its_own_place_nor_others_without_the_right(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene = await left(service, publish, set_time)
    others = person(service, scene.judge_organisation, "press", "press-1", "loop:read")
    nobody = person(service, new_id(), "engagement", "lead-2", "loop:write", "loop:raise")
    for client in (scene.lead, scene.estates, others, nobody):
        assert refusal(await scene.send(client, "moderation", {"moderated": True})) == (
            403,
            "not_responsible",
        )
    assert (await nobody.get(scene.path)).json()["title"] is None
    anonymous = await scene.send(service, "moderation", {"moderated": True})
    assert anonymous.status_code in {401, 422}


async def test_others_do_not_moderate_before_the_body_is_late(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await raised(service, publish)
    early = await scene.send(scene.stranger, "moderation", {"moderated": True})
    assert refusal(early) == (409, "step_not_allowed")
    verifier = person(service, new_id(), "quality", "judge-2", "loop:verify")
    assert refusal(await scene.send(verifier, "moderation", {"moderated": True})) == (404, "not_found")
