"""Closing is derived from what those who were told make of it."""

from collections.abc import Mapping
from uuid import UUID

import pytest

from services.loop.verdicts.closing import Ending, Thresholds, close_due_loop, ending_of
from tests.fixtures.clients import ServiceClient
from tests.fixtures.figures import plain_counts
from tests.loop.conftest import Publish, SetTime
from tests.loop.scenes import Scene
from tests.loop.tellings.voices import People, all_told, changed_scene, declined_scene, let_pass

ENDINGS = [
    ("yyyyy", 5, "confirmed"),
    ("yppcc", 5, "confirmed"),  # six in ten
    ("yyccc", 5, "disputed"),
    ("yyyyn", 5, "confirmed"),
    ("yyynn", 5, "contested"),  # four in ten
    ("yyyyyyynnn", 10, "contested"),  # three in ten
    ("yyyyyyyynn", 10, "confirmed"),
    ("yyyy", 4, "unconfirmed"),  # fewer than five
    ("", 3, "unconfirmed"),
    ("yyyn", 4, "disputed"),  # any "no" asks for a human look
    ("yyyyy", 60, "unconfirmed"),  # fewer than a tenth of those told
    ("yyyyyy", 60, "confirmed"),
]
WORDS = {"y": "yes", "p": "partly", "n": "no", "c": "cannot_tell"}


@pytest.mark.parametrize(("answers", "told", "ending"), ENDINGS)
def test_answers_make_an_end(answers: str, told: int, ending: Ending) -> None:
    given = [WORDS[letter] for letter in answers]
    assert ending_of(given, given, told) == ending


@pytest.mark.parametrize(
    ("witnessed", "others", "ending"),
    [
        ("", "yyyyyy", "unconfirmed"),  # a body that sends itself six comments
        ("yy", "yyyy", "unconfirmed"),  # a third
        ("yyy", "yyy", "confirmed"),  # half
        ("yyycc", "yyyyy", "confirmed"),
        ("yyccc", "yyyyy", "disputed"),  # those who are witnessed are not satisfied
        ("yynnn", "y" * 50, "contested"),  # a "no" is not drowned
        ("yyyyyyy", "nnnnn", "contested"),  # a doubt counts whoever has it
        ("yyn", "", "disputed"),
    ],
)
def test_what_nobody_witnesses_confirms_nothing(witnessed: str, others: str, ending: Ending) -> None:
    seen = [WORDS[letter] for letter in witnessed]
    assert ending_of([*seen, *(WORDS[letter] for letter in others)], seen, told=len(witnessed)) == ending


def test_thresholds_are_data() -> None:
    rules = Thresholds(verdicts_min=1, confirmed_share=0.5)
    given = ["yes", "cannot_tell"]
    assert ending_of(given, given, 2, rules) == "confirmed"
    assert ending_of(given, [], 2, Thresholds(verdicts_min=1, confirmed_share=0.5)) == "unconfirmed"
    assert (Thresholds().verdicts_needed(10), Thresholds().verdicts_needed(101)) == (5, 11)


async def close_all(scene: Scene) -> int:
    """Close what is due, as the timer does."""
    closed = 0
    while True:
        async with scene.service.state.sessions.begin() as session:
            if not await close_due_loop(session):
                break
        closed += 1
    await scene.read()
    return closed


async def answer(scene: Scene, people: People, answers: str, codes: Mapping[UUID, str] | None = None) -> None:
    """Let people give these answers, one each, with the codes that mail brought them, or with others."""
    for said, letter in zip(scene.said, answers, strict=False):
        code = (codes or people.codes | people.mailed)[said.feedback_id]
        verdict = {"reply_code": code, "did_it_happen": WORDS[letter]}
        given = await scene.service.post("/v1/replies/verdict", json=verdict)
        assert given.status_code == 200, given.text


@pytest.mark.parametrize(
    ("answers", "state", "closed_as"),
    [("yyppc", "closed", "confirmed"), ("y", "closed", "unconfirmed"), ("yynnn", "contested", None)],
)
async def test_a_loop_ends_after_its_time_and_not_before(
    service: ServiceClient,
    publish: Publish,
    set_time: SetTime,
    answers: str,
    state: str,
    closed_as: str | None,
) -> None:
    scene, people = await changed_scene(service, publish, reachable=5)
    await all_told(scene)
    await answer(scene, people, answers)
    let_pass(set_time, 27)
    await close_all(scene)
    assert scene.loop["state"] == "verdict_open"
    let_pass(set_time, 2)
    assert await close_all(scene) >= 1
    assert (scene.loop["state"], scene.loop["closed_as"]) == (state, closed_as)
    assert await close_all(scene) == 0
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


async def test_a_no_closes_as_declined_whatever_is_said(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene, people = await declined_scene(service, publish, reachable=5)
    await all_told(scene)
    await answer(scene, people, "nnnnn")
    let_pass(set_time, 29)
    await close_all(scene)
    assert (scene.loop["state"], scene.loop["closed_as"]) == ("closed", "declined")


async def test_a_contested_loop_is_taken_up_again(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene, people = await changed_scene(service, publish, reachable=5)
    await all_told(scene)
    await answer(scene, people, "nnnnn")
    let_pass(set_time, 29)
    await close_all(scene)
    evidence = await scene.claimed_again()
    judgement = {"accept": True, "reason": "The photo shows it now, and people were counted."}
    await scene.done(scene.judge, f"/v1/evidence/{evidence['id']}/verification", judgement)
    await all_told(scene)
    assert scene.loop["state"] == "verdict_open"
    # What people said of the first try does not count for the second.
    seen = plain_counts((await scene.lead.get(f"{scene.path}/verdicts")).json())
    assert seen["verdicts"] == 0
    await answer(scene, people, "yyyyy")
    let_pass(set_time, 29)
    await close_all(scene)
    assert scene.loop["closed_as"] == "confirmed"


async def test_pages_about_a_loop_count_the_same_verdicts_after_a_second_round(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene, people = await changed_scene(service, publish, reachable=12)
    await all_told(scene)
    await answer(scene, people, "nnnnnnyyyyyy")
    let_pass(set_time, 29)
    await close_all(scene)
    evidence = await scene.claimed_again()
    judgement = {"accept": True, "reason": "The photo shows it now, and people were counted."}
    await scene.done(scene.judge, f"/v1/evidence/{evidence['id']}/verification", judgement)
    await all_told(scene)
    # One of the twelve gives no verdict again: a difference between two pages would tell what they said.
    await answer(scene, people, "yyyyyyyyyyy")
    let_pass(set_time, 29)
    await close_all(scene)
    assert scene.loop["closed_as"] == "confirmed"
    let_pass(set_time, 100)  # the public sees quarters that have ended
    about = {"footprint": scene.loop["footprint_id"]}
    for reader in (service, scene.lead):
        own = plain_counts((await reader.get(f"{scene.path}/verdicts")).json())
        board = plain_counts((await reader.get("/v1/board", params=about)).json())
        measures = plain_counts((await reader.get("/v1/loops/measures", params=about)).json())
        shown = [own["verdicts"], board["items"][0]["verdicts"]["n"], board["numbers"]["verdicts"]["n"]]
        assert [*shown, measures["verdicts"]["n"]] == [11] * 4
