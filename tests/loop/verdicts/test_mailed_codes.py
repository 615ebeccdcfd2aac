"""Who knows the reply codes of others cannot vote for them: only mail carries the code that counts."""

from typing import Any
from uuid import UUID

import pytest

from services.loop.core.access import lock_loop
from services.loop.tellings.domain import request_reminders
from shared.events.feedback import TellingDelivered
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish, SetTime
from tests.loop.scenes import Scene, refusal
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
    assert (theirs["given_with"], theirs["witnessed"], theirs["changes"]) == ("mailed_code", True, 1)
    assert refusal(await give(service, reply, "yes")) == (409, "mailed_code_required")
    own = await verdicts_of(scene.lead, scene)
    assert (own["verdicts"], own["did_it_happen"]["no"]) == (1, 1)
    assert (await give(service, mailed, "partly")).json()["did_it_happen"] == "partly"


async def test_a_reply_code_shows_nothing_of_what_the_mailed_code_said(
    service: ServiceClient, publish: Publish
) -> None:
    scene, people = await survey_scene(service, publish, 1)
    said = scene.said[0].feedback_id
    await give(service, people.mailed[said], "no")
    seen = (await service.post(LOOKUP, json={"reply_code": people.codes[said]})).json()
    assert seen == {"verdicts": [], "given_by_mail": [scene.loop["id"]]}
    mine = (await service.post(LOOKUP, json={"reply_code": people.mailed[said]})).json()
    assert [each["did_it_happen"] for each in mine["verdicts"]] == ["no"]
    assert mine["given_by_mail"] == []


async def test_another_address_brings_another_code_and_no_power_over_a_verdict(
    service: ServiceClient, publish: Publish
) -> None:
    scene, people = await survey_scene(service, publish, 1)
    [said], code = scene.said, people.mailed[scene.said[0].feedback_id]
    await give(service, code, "no")
    captured = people.keys.mailed_code_of(said.feedback_id, 2)
    await publish(people.reach(said, mailed_ref=people.keys.ref_of(captured)), sequence=2)
    assert refusal(await give(service, captured, "yes")) == (409, "mailed_code_required")
    seen = (await service.post(LOOKUP, json={"reply_code": captured})).json()
    assert (seen["verdicts"], seen["given_by_mail"]) == ([], [scene.loop["id"]])
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
    assert (theirs["did_it_happen"], theirs["witnessed"], theirs["changes"]) == ("no", True, 1)
    assert refusal(await give(service, captured, "yes")) == (409, "mailed_code_required")
    own = await verdicts_of(scene.lead, scene)
    assert (own["verdicts"], own["did_it_happen"]["no"]) == (1, 1)


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
