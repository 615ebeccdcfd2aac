"""Who knows the reply codes of others cannot vote for them: only mail carries the code that counts."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.loop.core.access import lock_loop
from services.loop.records import Verdict
from services.loop.tellings.domain import request_reminders
from shared.clock import now
from shared.events.feedback import TellingDelivered
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.fixtures.figures import plain_counts
from tests.loop.conftest import Publish, SetTime
from tests.loop.scenes import Scene
from tests.loop.tellings.voices import People, all_told, became, changed_scene, let_pass, tellings_of
from tests.loop.verdicts.test_closing import answer, close_all
from tests.loop.verdicts.test_witnesses import LOOKUP, sent_by, verdicts_of

PATH = "/v1/replies/verdict"


async def survey_scene(
    service: ServiceClient, publish: Publish, voices: int, *, own_address: bool = True
) -> tuple[Scene, People]:
    """A loop about what the body's own survey tool sent, whose people were told at their addresses."""
    scene, people = await changed_scene(service, publish, reachable=voices)
    await sent_by(publish, scene, scene.board.footprint_id, voices)
    await all_told(scene, own_address=own_address)
    return scene, people


async def give(service: ServiceClient, code: str, did_it_happen: str) -> Any:
    """The answer to a verdict that is given with a code."""
    return await service.post(PATH, json={"reply_code": code, "did_it_happen": did_it_happen})


async def test_a_body_that_keeps_the_codes_of_its_survey_confirms_nothing(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene, people = await survey_scene(service, publish, 6)
    await answer(scene, people, "yyyyyy", people.codes)
    own = await verdicts_of(scene.lead, scene)
    assert (own["witnessed"], own["not_witnessed"]) == (0, 6)
    let_pass(set_time, 29)
    await close_all(scene)
    assert scene.loop["closed_as"] == "unconfirmed"


async def test_the_mailed_code_takes_the_place_of_a_verdict_and_no_reply_code_takes_it_back(
    service: ServiceClient, publish: Publish
) -> None:
    scene, people = await survey_scene(service, publish, 1)
    said = scene.said[0].feedback_id
    reply, mailed = people.codes[said], people.mailed[said]
    stuffed = (await give(service, reply, "yes")).json()
    assert (stuffed["given_with"], stuffed["witnessed"]) == ("reply_code", False)
    theirs = (await give(service, mailed, "no")).json()
    assert (theirs["given_with"], theirs["witnessed"], theirs["changes"]) == ("mailed_code", True, 0)
    assert (await give(service, reply, "yes")).json()["changes"] == 1
    assert await standing_of(scene) == ["no"]
    assert (await give(service, mailed, "partly")).json()["did_it_happen"] == "partly"
    assert await standing_of(scene) == ["partly"]


async def test_a_reply_code_does_not_learn_whether_its_person_voted_by_mail(
    service: ServiceClient, publish: Publish
) -> None:
    scene, people = await survey_scene(service, publish, 2)
    silent, voted = (each.feedback_id for each in scene.said)
    await give(service, people.mailed[voted], "no")
    before = [await public_pages(scene), await all_of(service, people.codes[voted])]
    assert before[1] == await all_of(service, people.codes[silent]) == {"verdicts": []}
    answers = [await give(service, people.codes[said], "yes") for said in (silent, voted)]
    assert [each.status_code for each in answers] == [200, 200]
    assert without_times(answers[0].json()) == without_times(answers[1].json())
    seen = [(await all_of(service, people.codes[said]))["verdicts"] for said in (silent, voted)]
    assert without_times(seen[0][0]) == without_times(seen[1][0])
    assert await public_pages(scene) == before[0]
    mine = (await all_of(service, people.mailed[voted]))["verdicts"]
    assert [each["given_with"] for each in mine] == ["mailed_code", "reply_code"]


@pytest.mark.parametrize("voted", [False, True])
async def test_who_votes_in_a_persons_name_sees_the_same_step_in_the_numbers(
    service: ServiceClient, publish: Publish, set_time: SetTime, *, voted: bool
) -> None:
    scene, people = await survey_scene(service, publish, 2)
    said = scene.said[0].feedback_id
    if voted:
        await give(service, people.mailed[said], "no")
    places = ("/v1/board", "/v1/loops/measures")
    about = {"footprint": scene.loop["footprint_id"]}

    async def numbers() -> list[int]:
        own = (await verdicts_of(scene.lead, scene))["verdicts"]
        board, measures = [plain_counts((await scene.lead.get(each, params=about)).json()) for each in places]
        return [own, board["items"][0]["verdicts"]["n"], measures["verdicts"]["n"]]

    before = await numbers()
    noted = {"reply_code": people.codes[said], "did_it_happen": "yes", "comment": "In their name."}
    assert (await service.post(PATH, json=noted)).status_code == 200
    assert await numbers() == [each + 1 for each in before]
    own = (await scene.lead.get(f"{scene.path}/verdicts")).json()
    assert "In their name." in [each["comment"] for each in own["comments"]]
    let_pass(set_time, 29)
    await close_all(scene)
    assert await numbers() == [1, 1, 1]


async def test_a_vote_with_a_reply_code_counts_again_when_people_are_asked_again(
    service: ServiceClient, publish: Publish
) -> None:
    scene, people = await survey_scene(service, publish, 1)
    said = scene.said[0].feedback_id
    await give(service, people.mailed[said], "no")
    async with service.state.sessions.begin() as session:
        loop = await lock_loop(session, UUID(scene.loop["id"]))
        loop.verdict_opened_at = now()
    await give(service, people.codes[said], "yes")
    assert await standing_of(scene) == ["yes"]
    await give(service, people.mailed[said], "partly")
    assert await standing_of(scene) == ["partly"]


async def all_of(service: ServiceClient, code: str) -> dict[str, Any]:
    """The verdicts that a code shows."""
    found: dict[str, Any] = (await service.post(LOOKUP, json={"reply_code": code})).json()
    return found


async def public_pages(scene: Scene) -> list[str]:
    """What everybody sees of the verdicts."""
    about = {"footprint": scene.loop["footprint_id"]}
    pages = [await scene.service.get(f"{scene.path}{page}") for page in ("", "/verdicts", "/timeline")]
    boards = ("/v1/board", "/v1/board.json", "/v1/loops/measures")
    pages += [await scene.service.get(each, params=about) for each in boards]
    return [str({name: found for name, found in each.json().items() if name != "at"}) for each in pages]


def without_times(verdict: dict[str, Any]) -> dict[str, Any]:
    """A verdict but for when it was given."""
    return {name: value for name, value in verdict.items() if name != "given_at"}


async def standing_of(scene: Scene) -> list[str]:
    """What the verdicts that stand say."""
    async with scene.service.state.sessions() as session:
        mine = select(Verdict).where(Verdict.loop_id == UUID(scene.loop["id"]), ~Verdict.outranked)
        return [each.did_it_happen for each in await session.scalars(mine.order_by(Verdict.id))]


async def test_another_address_brings_another_code_and_no_power_over_a_verdict(
    service: ServiceClient, publish: Publish
) -> None:
    scene, people = await survey_scene(service, publish, 1)
    [said], code = scene.said, people.mailed[scene.said[0].feedback_id]
    await give(service, code, "no")
    captured = people.keys.mailed_code_of(said.feedback_id, 2)
    await publish(people.reach(said, mailed_ref=people.keys.ref_of(captured)), sequence=2)
    assert await all_of(service, captured) == {"verdicts": []}
    assert (await give(service, captured, "yes")).json()["witnessed"] is False
    assert await standing_of(scene) == ["no"]
    own = await verdicts_of(scene.lead, scene)
    assert (own["witnessed"], own["did_it_happen"]["no"]) == (1, 1)


async def test_the_first_address_outranks_one_that_came_after(
    service: ServiceClient, publish: Publish
) -> None:
    scene, people = await survey_scene(service, publish, 1)
    [said], code = scene.said, people.mailed[scene.said[0].feedback_id]
    captured = people.keys.mailed_code_of(said.feedback_id, 2)
    await publish(people.reach(said, mailed_ref=people.keys.ref_of(captured)), sequence=2)
    [asked] = await tellings_of(scene, "verdict_asked")
    await became(scene, asked, TellingDelivered, in_format="email", own_address=False)
    assert (await give(service, captured, "yes")).json()["witnessed"] is False
    theirs = (await give(service, code, "no")).json()
    assert (theirs["did_it_happen"], theirs["witnessed"], theirs["changes"]) == ("no", True, 0)
    assert (await give(service, captured, "yes")).json()["changes"] == 1
    assert await standing_of(scene) == ["no"]
    own = await verdicts_of(scene.lead, scene)
    assert own["did_it_happen"]["no"] == 1


async def test_the_first_address_stands_as_soon_as_it_is_witnessed(
    service: ServiceClient, publish: Publish
) -> None:
    scene, people = await survey_scene(service, publish, 1, own_address=False)
    [said], code = scene.said, people.mailed[scene.said[0].feedback_id]
    captured = people.keys.mailed_code_of(said.feedback_id, 2)
    await publish(people.reach(said, mailed_ref=people.keys.ref_of(captured)), sequence=2)
    await give(service, captured, "yes")
    await give(service, code, "no")
    assert await standing_of(scene) == ["yes"]
    [asked] = await tellings_of(scene, "verdict_asked")
    mailed = {"mailed_ref": people.keys.ref_of(code)}
    await became(scene, asked, TellingDelivered, in_format="email", own_address=True, **mailed)
    assert await standing_of(scene) == ["no"]


async def test_the_code_of_an_address_witnesses_only_what_came_to_that_address(
    service: ServiceClient, publish: Publish
) -> None:
    scene, people = await survey_scene(service, publish, 1)
    [said] = scene.said
    captured = people.keys.mailed_code_of(said.feedback_id, 2)
    await publish(people.reach(said, mailed_ref=people.keys.ref_of(captured)), sequence=2)
    # The staff's own mailbox was told as well: it is nobody's own address.
    [asked] = await tellings_of(scene, "verdict_asked")
    await became(scene, asked, TellingDelivered, in_format="email", own_address=False)
    assert (await give(service, captured, "yes")).json()["witnessed"] is False


async def test_a_late_delivery_witnesses_the_mailed_code_alone(
    service: ServiceClient, publish: Publish
) -> None:
    scene, people = await survey_scene(service, publish, 2, own_address=False)
    await give(service, people.mailed[scene.said[0].feedback_id], "yes")
    await give(service, people.codes[scene.said[1].feedback_id], "yes")
    for asked in await tellings_of(scene, "verdict_asked"):
        await became(scene, asked, TellingDelivered, in_format="email", own_address=True)
    own = await verdicts_of(scene.lead, scene)
    assert (own["witnessed"], own["not_witnessed"]) == (1, 1)


async def test_mails_of_earlier_versions_carried_the_reply_code_and_witness_nothing(
    service: ServiceClient, publish: Publish
) -> None:
    scene, people = await changed_scene(service, publish, reachable=2)
    await sent_by(publish, scene, scene.board.footprint_id, 2)
    for telling in await tellings_of(scene, "changed"):
        await became(scene, telling, TellingDelivered, in_format="email", own_address=True, mailed_ref=None)
    assert (await give(service, people.codes[scene.said[0].feedback_id], "yes")).json()["witnessed"] is False
    for asked in await tellings_of(scene, "verdict_asked"):
        await became(scene, asked, TellingDelivered, in_format="email", own_address=True, mailed_ref=None)
    assert (await verdicts_of(scene.lead, scene))["witnessed"] == 0


@pytest.mark.parametrize(("sender", "reminded"), [("body", True), ("another", False)])
async def test_a_vote_in_a_persons_name_does_not_spare_them_the_reminder(
    service: ServiceClient, publish: Publish, sender: str, *, reminded: bool
) -> None:
    scene, people = await survey_scene(service, publish, 1)
    if sender == "another":
        await publish(scene.said[0].model_copy(update={"sender_id": new_id()}), sequence=3)
    await give(service, people.codes[scene.said[0].feedback_id], "yes")
    async with service.state.sessions.begin() as session:
        await request_reminders(session, await lock_loop(session, UUID(scene.loop["id"])))
    assert bool(await tellings_of(scene, "verdict_reminder")) is reminded


async def test_a_mail_that_comes_after_the_end_changes_nothing_that_is_shown(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene, people = await survey_scene(service, publish, 6, own_address=False)
    await answer(scene, people, "yyyyyn")
    let_pass(set_time, 29)
    await close_all(scene)
    before = await public_pages(scene), await verdicts_of(scene.lead, scene)
    asked = (await tellings_of(scene, "verdict_asked"))[-1]
    await became(scene, asked, TellingDelivered, in_format="email", own_address=True)
    assert (await public_pages(scene), await verdicts_of(scene.lead, scene)) == before
