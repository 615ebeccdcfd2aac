"""Verdicts over HTTP: with a reply code and nothing else."""

from uuid import UUID

import pytest

from services.loop.core.access import lock_loop
from services.loop.tellings.domain import request_reminders
from services.loop.verdicts.domain import LATER
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.fixtures.figures import plain_counts
from tests.loop.conftest import Publish, SetTime
from tests.loop.scenes import Scene, refusal
from tests.loop.tellings.voices import People, all_told, declined_scene, let_pass, tellings_of
from tests.loop.verdicts.test_closing import answer, close_all

PATH = "/v1/replies/verdict"


async def open_scene(
    service: ServiceClient, publish: Publish, reachable: int = 2
) -> tuple[Scene, People, list[str]]:
    """A loop on which verdicts are open, and the codes that mail brought to its people."""
    scene, people = await declined_scene(service, publish, reachable=reachable)
    await all_told(scene)
    return scene, people, list(people.mailed.values())


async def test_a_code_gives_one_verdict_and_changes_it(service: ServiceClient, publish: Publish) -> None:
    scene, _, (code, _) = await open_scene(service, publish)
    verdict = {"reply_code": code, "did_it_happen": "no", "comment": "Nothing yet.", "felt_heard": 2}
    first = (await service.post(PATH, json=verdict)).json()
    assert (first["loop_id"], first["did_it_happen"], first["changed_at"]) == (scene.loop["id"], "no", None)
    assert first["open_until"] > first["given_at"]
    spelt = {
        "reply_code": code.lower().replace("-", " "),
        "loop_id": scene.loop["id"],
        "did_it_happen": "partly",
    }
    second = (await service.post(PATH, json=spelt)).json()
    assert (second["did_it_happen"], second["felt_heard"]) == ("partly", None)
    assert second["changed_at"] is not None
    seen = plain_counts((await scene.lead.get(f"{scene.path}/verdicts")).json())
    assert (seen["verdicts"], seen["did_it_happen"]["partly"], seen["comments"]) == (1, 1, [])


async def test_under_five_the_public_hears_at_the_end_that_they_are_too_few(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene, people, codes = await open_scene(service, publish, reachable=6)
    await answer(scene, people, "yn")
    await service.post(PATH, json={"reply_code": codes[0], "did_it_happen": "yes", "comment": "My door!"})
    for other in (service, scene.stranger, scene.judge):
        seen = plain_counts((await other.get(f"{scene.path}/verdicts")).json())
        assert (seen["verdicts"], seen["too_few"], seen["did_it_happen"]) == ("held back", True, None)
        assert (seen["comments"], seen["message"]) == ([], LATER)
    own = plain_counts((await scene.lead.get(f"{scene.path}/verdicts")).json())
    assert (own["verdicts"], own["did_it_happen"]["yes"], own["did_it_happen"]["no"]) == (2, 1, 1)
    assert [each["comment"] for each in own["comments"]] == ["My door!"]
    let_pass(set_time, 29)
    await close_all(scene)
    seen = plain_counts((await service.get(f"{scene.path}/verdicts")).json())
    assert (seen["verdicts"], seen["message"]) == ("fewer than 5", "There are too few answers to say.")


async def test_that_nobody_voted_is_not_told_of_few_people(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene, *_ = await open_scene(service, publish, reachable=2)
    let_pass(set_time, 29)
    await close_all(scene)
    seen = plain_counts((await service.get(f"{scene.path}/verdicts")).json())
    counts = [seen[name] for name in ("verdicts", "witnessed", "not_witnessed", "changed")]
    assert counts == ["fewer than 5", "held back", "held back", "held back"]


async def test_from_five_on_the_public_sees_what_they_made_of_it_at_the_end(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene, people, _ = await open_scene(service, publish, reachable=7)
    await answer(scene, people, "yyyyynn")
    early = plain_counts((await service.get(f"{scene.path}/verdicts")).json())
    assert (early["verdicts"], early["too_few"], early["did_it_happen"]) == ("held back", True, None)
    assert early["message"] == LATER
    let_pass(set_time, 29)
    await close_all(scene)
    seen = plain_counts((await service.get(f"{scene.path}/verdicts")).json())
    assert seen["did_it_happen"] == {
        "yes": 5,
        "partly": "fewer than 5",
        "no": "fewer than 5",
        "cannot_tell": "fewer than 5",
    }
    assert seen["worth"] is None


async def test_verdicts_are_refused_before_people_are_told(service: ServiceClient, publish: Publish) -> None:
    _, people = await declined_scene(service, publish)
    code = next(iter(people.codes.values()))
    early = await service.post(PATH, json={"reply_code": code, "did_it_happen": "yes"})
    assert refusal(early) == (409, "verdict_not_open")


async def test_a_right_code_without_a_public_loop_is_no_wrong_code(
    service: ServiceClient, publish: Publish
) -> None:
    people = People(service)
    await publish(said := people.speak(new_id()))
    code = people.codes[said.feedback_id]
    seen = await service.post(f"{PATH}/lookup", json={"reply_code": code})
    assert (seen.status_code, seen.json()) == (200, {"verdicts": []})
    given = await service.post(PATH, json={"reply_code": code, "did_it_happen": "yes"})
    assert refusal(given) == (409, "verdict_not_open")
    nobodys = people.keys.code_of(new_id())
    refused = await service.post(f"{PATH}/lookup", json={"reply_code": nobodys})
    assert refusal(refused) == (404, "reply_code_unknown")


async def test_unknown_and_misspelt_codes_and_others_loops_are_refused(
    service: ServiceClient, publish: Publish
) -> None:
    one, people, (code, _) = await open_scene(service, publish)
    other, *_ = await open_scene(service, publish)
    elsewhere = {"reply_code": code, "did_it_happen": "yes", "loop_id": other.loop["id"]}
    refused = await service.post(PATH, json=elsewhere)
    assert (refusal(refused), refused.json()["errors"][0]["pointer"]) == ((422, "invalid"), "/loop_id")
    unknown = people.keys.code_of(one.said[0].feedback_id)
    assert refusal(await service.post(PATH, json={"reply_code": unknown, "did_it_happen": "yes"}))[0] == 404
    misspelt = await service.post(PATH, json={"reply_code": "ABCD-EFGH-JKMU", "did_it_happen": "yes"})
    assert (misspelt.status_code, misspelt.json()["errors"][0]["pointer"]) == (422, "/reply_code")


@pytest.mark.parametrize("state", ["withdrawn", "erased"])
async def test_taking_words_away_chooses_no_voters(
    service: ServiceClient, publish: Publish, state: str
) -> None:
    scene, people, (code, _) = await open_scene(service, publish)
    said = next(each for each in scene.said if people.mailed[each.feedback_id] == code)
    before = await service.post(PATH, json={"reply_code": code, "did_it_happen": "no"})
    await publish(said.model_copy(update={"state": state}), sequence=2)
    counted = plain_counts((await scene.lead.get(f"{scene.path}/verdicts")).json())
    after = await service.post(PATH, json={"reply_code": code, "did_it_happen": "partly"})
    assert (before.status_code, counted["did_it_happen"]["no"], after.status_code) == (200, 1, 200)


async def test_with_two_loops_open_the_one_that_is_meant_is_named(
    service: ServiceClient, publish: Publish
) -> None:
    scene, people, (code, _) = await open_scene(service, publish)
    first = scene.loop
    linked = [str(each.feedback_id) for each in scene.said]
    body = {"title": "Doors", "you_said": "Heavy.", "footprint": str(scene.board.footprint_id)}
    scene.loop = (await scene.lead.post("/v1/loops", json=body | {"feedback_ids": linked})).json()
    await scene.acknowledged()
    from_example = await scene.example("decision")
    await scene.done(scene.lead, "decisions", from_example["example"] | DECLINE)
    await all_told(scene)
    vague = await service.post(PATH, json={"reply_code": code, "did_it_happen": "yes"})
    assert refusal(vague) == (422, "loop_to_be_named")
    assert first["id"] in vague.json()["errors"][0]["detail"]
    assert code in people.mailed.values()


DECLINE = {
    "answer": "cannot",
    "would_change": "Consent for a ramp.",
    "revisit_on": "2099-01-01",
    "how_to_object": "Write to the board secretary.",
    "reason": "The council refused consent for a ramp in May 2026, because the house is listed.",
}


async def test_who_has_answered_is_not_reminded(service: ServiceClient, publish: Publish) -> None:
    scene, _, codes = await open_scene(service, publish)
    await service.post(PATH, json={"reply_code": codes[0], "did_it_happen": "yes"})
    async with service.state.sessions.begin() as session:
        loop = await lock_loop(session, UUID(scene.loop["id"]))
        await request_reminders(session, loop)
    reminded = await tellings_of(scene, "verdict_reminder")
    assert [each.feedback_id for each in reminded] == [scene.said[1].feedback_id]
