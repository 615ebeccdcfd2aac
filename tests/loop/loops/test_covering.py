"""When somebody takes back what they said, all that people wrote in the loop is hidden until a look."""

import json
from typing import Any

import pytest

from services.loop.core.hiding import FIRST_WORDS, HIDDEN, public_texts
from services.loop.history.queries import SHOWN
from services.loop.models import Base
from shared.columns import Content, classes_of
from shared.events.feedback import FeedbackErased, FeedbackRevised, FeedbackWithdrawn
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish, SetTime
from tests.loop.loops.test_halting import RESUMED, hear, last_steps
from tests.loop.loops.test_left_to_others import LATE, expect_nobody_else, verifier_of
from tests.loop.scenes import Scene, decision, photo, promise, refusal, scene_of
from tests.loop.tellings.voices import let_pass

# Stands in every text of the loop; no mask finds it.
NAME = "Xanthippe"
ABOUT = f"{NAME} told us that the door is heavy, and that nobody comes when somebody rings."
REASON = f"The maker of the door that {NAME} named delivers six weeks later than it had agreed with us."
# Needs an excuse.
ACTIVITY = f"We hold a meeting about {NAME}."
LOOKED = {"moderated": True}
PLACES = ("", "/timeline", "/export", "/next", "/verdicts", "/verify")


async def told_everywhere(service: ServiceClient, publish: Publish, *, voices: int = 2) -> Scene:
    """A loop in progress; each text that somebody can write in it tells of one person."""
    scene = await scene_of(service, publish, voices=voices, title=f"The door of {NAME}", you_said=ABOUT)
    lead, estates = scene.lead, scene.estates
    await scene.acknowledged()
    await scene.done(lead, "statement", {"statement": ABOUT})
    declined = {
        "deciding_role": f"officer whom {NAME} wrote to",
        "forum": f"committee that {NAME} saw",
        "reason": f"{NAME} said so.",
        "constraint": REASON,
        "because": ABOUT,
    }
    await scene.done(lead, "decisions", decision("will_do_part", **declined))
    made: dict[str, Any] = {"people_will_notice": ACTIVITY, "measure": ABOUT, "because": ABOUT}
    owner = promise(scene.board.footprint_id)["owner"]
    made |= {"owner": {**owner, "role": f"the manager to whom {NAME} wrote"}}
    await scene.done(lead, "commitments", promise(scene.board.footprint_id, **made))
    path = f"/v1/commitments/{scene.commitment['id']}"
    await scene.done(estates, f"{path}/acceptance")
    await scene.done(
        lead, f"{path}/revisions", {"due_on": "2090-01-01", "reason": f"{NAME} is late.", "because": ABOUT}
    )
    shown = photo(description=ACTIVITY, place=f"The house of {NAME}", url=f"https://example.org/{NAME}")
    await scene.done(estates, f"{path}/evidence", shown)
    await scene.done(estates, f"{path}/change-claims", {"because": ABOUT})
    judged = f"/v1/evidence/{scene.commitment['evidence'][-1]['id']}/verification"
    await scene.done(scene.judge, judged, {"accept": False, "reason": REASON})
    await scene.read()
    return scene


async def public_pages(scene: Scene) -> dict[str, str]:
    """Everything that the public sees of a loop, by where."""
    board = {"footprint": scene.loop["footprint_id"]}
    found = {place: (await scene.service.get(scene.path + place)).text for place in PLACES}
    for place in ("/v1/board", "/v1/board.atom", "/v1/board.json", "/v1/loops"):
        found[place] = (await scene.service.get(place, params=board)).text
    evidence = f"/v1/evidence/{scene.commitment['evidence'][-1]['id']}/file"
    found["file"] = str((await scene.service.get(evidence)).status_code)
    return found


async def expect_hidden(scene: Scene) -> None:
    """Expect that nobody without the right sees a text."""
    pages = await public_pages(scene)
    assert {place for place, text in pages.items() if NAME in text} == set()
    assert pages["file"] == "404"
    loop = json.loads(pages[""])
    assert (loop["statement"], loop["decisions"][0]["reason"]) == (HIDDEN, HIDDEN)
    assert loop["decisions"][0]["would_change"] is None
    assert HIDDEN in pages["/v1/board"]
    assert (await scene.service.get(f"{scene.path}/verify")).json()["intact"]
    for client in (scene.judge, verifier_of(scene)):
        assert NAME not in (await client.get(scene.path)).text
    assert NAME in (await scene.lead.get(scene.path)).text


async def texts_with(scene: Scene, word: str) -> set[str]:
    """The fields of the public timeline that hold a word."""
    items = (await scene.service.get(f"{scene.path}/timeline")).json()["items"]
    return {field for item in items for field, text in item["texts"].items() if text and word in text}


def test_every_public_text_can_be_hidden_and_stands_in_the_history() -> None:
    for mapper in Base.registry.mappers:
        model: Any = mapper.class_
        held = classes_of(model).items()
        texts = {name for name, kind in held if kind.content is Content.FREE_TEXT and kind.public}
        if model.__tablename__ == "history_text":
            continue
        hidden = public_texts(model.__tablename__)
        assert texts - hidden == (FIRST_WORDS if model.__tablename__ == "loop" else set())
        assert not texts or model.__tablename__ in SHOWN, model


@pytest.mark.parametrize("event", [FeedbackErased, FeedbackWithdrawn])
@pytest.mark.parametrize("voices", [1, 2])
async def test_all_that_people_wrote_is_hidden_until_somebody_has_looked(
    service: ServiceClient, publish: Publish, voices: int, event: type[Any]
) -> None:
    scene = await told_everywhere(service, publish, voices=voices)
    before = await public_pages(scene)
    assert all(NAME in before[place] for place in ("", "/timeline", "/export", "/v1/board", "/v1/board.atom"))
    assert before["file"] == "200"
    if event is FeedbackErased:
        await hear(scene, event, state="erased", erased_by="person")
    else:
        await hear(scene, event, state="withdrawn", withdrawn_by="person")
    assert scene.loop["texts_hidden_at"]
    await expect_hidden(scene)
    loop = (await service.get(scene.path)).json()
    assert (loop["title"] is None) is (voices == 2)
    assert refusal(await scene.send(scene.lead, "opening", {})) == (422, "moderation_required")
    assert (await scene.example("moderation"))["due_on"]
    await scene.done(scene.lead, "opening", LOOKED)
    loop = (await service.get(scene.path)).json()
    assert (loop["texts_hidden_at"], loop["statement"]) == (None, ABOUT)
    assert (await public_pages(scene))["file"] == "200"
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


async def test_who_looks_cuts_a_passage_out_of_every_text(service: ServiceClient, publish: Publish) -> None:
    scene = await told_everywhere(service, publish)
    wrote = await texts_with(scene, NAME)
    assert len(wrote) >= 15
    await hear(scene, FeedbackErased, state="erased", erased_by="person")
    length = scene.loop["length"]
    await scene.done(scene.lead, "opening", {"moderated": True, "cover": [NAME]})
    pages = await public_pages(scene)
    assert {place for place, text in pages.items() if NAME in text} == set()
    loop = json.loads(pages[""])
    assert (loop["title"], loop["wording"]) == ("The door of […]", "cut")
    assert loop["statement"] == ABOUT.replace(NAME, "[…]")
    assert loop["commitments"][0]["owner_team"] == "estates"
    assert loop["commitments"][0]["evidence"][0]["verification"]["reason"] == REASON.replace(NAME, "[…]")
    assert await texts_with(scene, "[…]") == wrote
    last = json.loads(pages["/timeline"])["items"]
    assert {item["step"] for item in last[length:-1]} == {"cover"}
    assert last[-1]["step"] == "moderation"
    assert {each.split()[1] for each in last[-1]["facts"]["cut"]} >= wrote - {"loop.title"}
    # Nobody finds it any more, not even who wrote it, and the history still verifies.
    for client in (scene.lead, scene.stranger, scene.judge):
        for place in PLACES:
            assert NAME not in (await client.get(scene.path + place)).text
    assert json.loads(pages["/verify"])["intact"]
    await scene.done(scene.lead, "opening", LOOKED)
    assert (scene.loop["wording"], scene.loop["title"]) == ("cut", "The door of […]")
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


async def test_others_look_and_cut_after_the_clock(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene = await told_everywhere(service, publish)
    await hear(scene, FeedbackErased, state="erased", erased_by="body")
    verifier, cut = verifier_of(scene), {"moderated": True, "cover": [NAME]}
    assert refusal(await scene.send(verifier, "moderation", cut)) == (409, "step_not_allowed")
    let_pass(set_time, LATE)
    assert NAME in (await verifier.get(scene.path)).text
    assert NAME in (await verifier.get(f"{scene.path}/export")).text
    assert NAME not in (await service.get(scene.path)).text
    await expect_nobody_else(scene, "moderation", cut)
    wiped = cut | {"cover": [REASON]}
    answer = await scene.send(verifier, "moderation", wiped)
    assert refusal(answer) == (422, "only_cuts")
    await scene.done(verifier, "moderation", cut)
    assert NAME not in "".join((await public_pages(scene)).values())
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


async def test_a_body_does_not_wipe_out_what_others_wrote(service: ServiceClient, publish: Publish) -> None:
    scene = await told_everywhere(service, publish)
    early = await scene.send(scene.lead, "opening", LOOKED | {"cover": [NAME]})
    assert refusal(early) == (422, "invalid")
    assert early.json()["errors"][0]["pointer"] == "/cover"
    await hear(scene, FeedbackErased, state="erased", erased_by="person")
    for cover, code, pointer in (
        ([REASON], "only_cuts", "/cover"),
        ([NAME, "nowhere in it"], "invalid", "/cover/1"),
        (["estates"], "invalid", "/cover/0"),
        (["[…]"], "invalid", "/cover/0"),
        (["x"], "invalid", "/cover/0"),
        ([NAME] * 21, "invalid", "/cover"),
        ([f"The door of {NAME}"], "invalid", "/cover"),
    ):
        answer = await scene.send(scene.lead, "opening", LOOKED | {"cover": cover})
        assert refusal(answer) == (422, code), cover
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert refusal(await scene.send(scene.stranger, "opening", LOOKED)) == (403, "not_responsible")
    assert scene.loop["texts_hidden_at"]
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


async def test_a_halted_loop_is_resumed_with_cuts(service: ServiceClient, publish: Publish) -> None:
    scene = await told_everywhere(service, publish, voices=3)
    await hear(scene, FeedbackErased, state="erased", erased_by="person")
    await hear(scene, FeedbackRevised, nth=1, kind="complaint")
    await expect_hidden(scene)
    await scene.done(scene.lead, "resumption", RESUMED | {"cover": [NAME]})
    assert NAME not in "".join((await public_pages(scene)).values())
    assert (await last_steps(scene, 2)) == ["cover", "resumption"]
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


async def test_a_loop_in_which_nobody_wrote_anything_else_waits_for_nobody(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    await hear(scene, FeedbackErased, state="erased", erased_by="person")
    assert (scene.loop["waits_for"], scene.loop["texts_hidden_at"]) == (None, None)
    assert (await service.get(scene.path)).json()["title"].startswith("(taken back")


async def test_nobody_learns_by_guessing_what_a_mask_covers(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish, voices=2)
    await scene.acknowledged()
    await scene.done(scene.lead, "statement", {"statement": "Ring 07700 900123, where Mrs Smith answers."})
    await hear(scene, FeedbackErased, state="erased", erased_by="person")
    for guess in ("07700 900123", "07700 900124", "Smith", "Jones"):
        answer = await scene.send(scene.lead, "opening", LOOKED | {"cover": [guess, "nowhere in it"]})
        assert (refusal(answer), answer.json()["errors"][0]["pointer"]) == ((422, "invalid"), "/cover/0")
    given = {"title": "Doors 07700 900123", "cover": ["07700 900123"]}
    assert refusal(await scene.send(scene.lead, "opening", LOOKED | given)) == (422, "invalid")


async def test_nobody_learns_by_guessing_what_was_cut_before_it_was_public(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene = await scene_of(service, publish, voices=2, you_said=ABOUT)
    await scene.done(scene.lead, "opening", LOOKED | {"you_said": ABOUT.replace(NAME, "[…]")})
    await scene.done(scene.lead, "statement", {"statement": "We thank everybody who told us."})
    await hear(scene, FeedbackErased, state="erased", erased_by="person")
    let_pass(set_time, LATE)
    verifier = verifier_of(scene)
    for page in ("", "/timeline", "/export"):
        assert NAME not in (await verifier.get(scene.path + page)).text
    for guess in (NAME, "Xa", "Xb"):
        answer = await scene.send(verifier, "moderation", LOOKED | {"cover": [guess, "nowhere in it"]})
        assert (refusal(answer), answer.json()["errors"][0]["pointer"]) == ((422, "invalid"), "/cover/0")
    # The body reads them, and cuts there as well.
    await scene.done(scene.lead, "opening", LOOKED | {"cover": [NAME]})
    assert NAME not in (await scene.lead.get(f"{scene.path}/timeline")).text


async def test_what_is_missing_quotes_no_text_that_is_hidden(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish, voices=2)
    await scene.committed()
    await scene.shown(kind="minute", description=f"{NAME} rang the bell.")
    assert NAME in (await service.get(f"{scene.path}/next")).text
    await hear(scene, FeedbackErased, state="erased", erased_by="person")
    for page in PLACES:
        assert NAME not in (await service.get(scene.path + page)).text, page
    claim = await scene.send(scene.estates, f"/v1/commitments/{scene.commitment['id']}/change-claims", {})
    assert refusal(claim) == (422, "activity_not_outcome")
    assert NAME not in claim.text


async def test_an_acknowledgement_cuts_nothing_that_is_not_hidden(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await scene.done(scene.lead, "opening", LOOKED)
    cut = {**await scene.previewed(), "moderated": True, "cover": ["door"]}
    assert refusal(await scene.send(scene.lead, "acknowledgement", cut)) == (422, "invalid")
