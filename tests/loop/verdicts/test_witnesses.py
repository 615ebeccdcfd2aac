"""Whose verdicts confirm: a body that answers itself confirms nothing."""

from typing import Any
from uuid import UUID

from shared.events.feedback import TellingDelivered
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.fixtures.figures import plain_counts
from tests.loop.conftest import Publish, SetTime
from tests.loop.scenes import Scene, refusal
from tests.loop.tellings.voices import People, all_told, became, changed_scene, let_pass, tellings_of
from tests.loop.verdicts.test_closing import answer, close_all

LOOKUP = "/v1/replies/verdict/lookup"


async def sent_by(publish: Publish, scene: Scene, sender: UUID, count: int) -> None:
    """Let an organisation have sent the first pieces of feedback."""
    for said in scene.said[:count]:
        await publish(said.model_copy(update={"sender_id": sender}), sequence=2)


async def verdicts_of(client: ServiceClient, scene: Scene) -> dict[str, Any]:
    """What a client sees of the verdicts."""
    found: dict[str, Any] = plain_counts((await client.get(f"{scene.path}/verdicts")).json())
    return found


async def voted(
    service: ServiceClient, publish: Publish, *, senders: dict[str, int], own_address: bool, answers: str
) -> tuple[Scene, People]:
    """A loop on which people voted: what the body or another organisation sent, and how they were told."""
    scene, people = await changed_scene(service, publish, reachable=len(answers))
    who = {"body": scene.board.footprint_id, "another": new_id()}
    for sender, count in senders.items():
        await sent_by(publish, scene, who[sender], count)
    await all_told(scene, own_address=own_address)
    await answer(scene, people, answers)
    return scene, people


async def test_a_body_that_sends_itself_six_comments_confirms_nothing(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene, _ = await voted(service, publish, senders={"body": 6}, own_address=False, answers="yyyyyy")
    own = await verdicts_of(scene.lead, scene)
    assert (own["witnessed"], own["not_witnessed"]) == (0, 6)
    assert (own["did_it_happen"]["yes"], own["others"]["yes"]) == (0, 6)
    let_pass(set_time, 29)
    await close_all(scene)
    assert (scene.loop["state"], scene.loop["closed_as"]) == ("closed", "unconfirmed")
    public = await verdicts_of(service, scene)
    assert (public["verdicts"], public["did_it_happen"], public["others"]) == (6, None, None)
    assert "confirm nothing" in public["message"]


async def test_in_public_each_part_is_shown_where_both_have_five(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene, _ = await voted(service, publish, senders={"another": 6}, own_address=False, answers="p" * 11)
    let_pass(set_time, 29)
    await close_all(scene)
    public, own = await verdicts_of(service, scene), await verdicts_of(scene.lead, scene)
    assert (public["verdicts"], public["witnessed"], public["not_witnessed"]) == (11, 6, 5)
    assert (own["witnessed"], own["not_witnessed"]) == (6, 5)


async def test_people_whom_another_organisation_heard_are_witnesses(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene, _ = await voted(service, publish, senders={"another": 3}, own_address=False, answers="yyyyyy")
    own = await verdicts_of(scene.lead, scene)
    assert (own["witnessed"], own["not_witnessed"]) == (3, 3)
    let_pass(set_time, 29)
    await close_all(scene)
    assert scene.loop["closed_as"] == "confirmed"


async def test_the_owner_of_a_promise_witnesses_nothing(service: ServiceClient, publish: Publish) -> None:
    scene, people = await changed_scene(service, publish, reachable=1)
    await sent_by(publish, scene, UUID(scene.commitment["owner_organisation_id"]), 1)
    await all_told(scene, own_address=False)
    await answer(scene, people, "y")
    assert (await verdicts_of(scene.lead, scene))["witnessed"] == 0


async def test_who_left_an_address_with_the_bodys_own_survey_is_a_witness(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene, _ = await voted(service, publish, senders={"body": 5}, own_address=True, answers="yyyyp")
    assert (await verdicts_of(scene.lead, scene))["witnessed"] == 5
    let_pass(set_time, 29)
    await close_all(scene)
    assert scene.loop["closed_as"] == "confirmed"


async def test_who_is_told_late_is_witnessed_late(service: ServiceClient, publish: Publish) -> None:
    scene, _ = await voted(service, publish, senders={"body": 1}, own_address=False, answers="y")
    assert (await verdicts_of(scene.lead, scene))["witnessed"] == 0
    [asked] = await tellings_of(scene, "verdict_asked")
    await became(scene, asked, TellingDelivered, in_format="email", own_address=True)
    assert (await verdicts_of(scene.lead, scene))["witnessed"] == 1


async def test_a_verdict_that_was_changed_is_counted_apart_and_its_holder_sees_it(
    service: ServiceClient, publish: Publish
) -> None:
    scene, people = await voted(service, publish, senders={"body": 2}, own_address=True, answers="ny")
    code = people.mailed[scene.said[0].feedback_id]
    [first] = (await service.post(LOOKUP, json={"reply_code": code})).json()["verdicts"]
    assert (first["did_it_happen"], first["changes"], first["changed_at"]) == ("no", 0, None)
    await answer(scene, people, "y")
    [changed] = (await service.post(LOOKUP, json={"reply_code": code})).json()["verdicts"]
    assert (changed["did_it_happen"], changed["changes"], changed["loop_id"]) == ("yes", 1, scene.loop["id"])
    assert changed["changed_at"] > first["given_at"]
    assert (await verdicts_of(scene.lead, scene))["changed"] == 1
    about = {"footprint": str(scene.board.footprint_id)}
    measured = plain_counts((await scene.lead.get("/v1/loops/measures", params=about)).json())["verdicts"]
    assert (measured["changed"], measured["witnessed"], measured["n"]) == (1, 2, 2)
    board = plain_counts((await scene.lead.get("/v1/board", params=about)).json())
    shown = board["items"][0]["verdicts"]
    assert (shown["changed"], shown["witnessed"]) == (1, 2)


async def test_a_code_that_no_loop_answers_has_no_verdict(service: ServiceClient) -> None:
    unknown = People(service).keys.code_of(new_id())
    assert refusal(await service.post(LOOKUP, json={"reply_code": unknown})) == (404, "reply_code_unknown")
