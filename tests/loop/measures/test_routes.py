"""Measures over HTTP: of whom, for whom, and what is held back."""

from datetime import date, timedelta
from typing import Any

from services.loop.sums.folding import fold_changes
from shared.events.feedback import TellingDelivered, TellingFailed
from tests.fixtures.clients import ServiceClient
from tests.fixtures.figures import plain_counts
from tests.loop.conftest import Publish, SetTime
from tests.loop.examples import feedback, footprint, organisation
from tests.loop.loops.test_routes import statements
from tests.loop.scenes import Scene, person, scene_of
from tests.loop.tellings.voices import all_told, became, changed_scene, declined_scene, let_pass, tellings_of
from tests.loop.verdicts.test_closing import answer, close_all


async def measures(client: ServiceClient, scene: Scene, **query: str) -> dict[str, Any]:
    """The measures of the scene's board."""
    about = {"footprint": str(scene.board.footprint_id)} | query
    answered = await client.get("/v1/loops/measures", params=about)
    assert answered.status_code == 200, answered.text
    found: dict[str, Any] = plain_counts(answered.json())
    return found


async def test_small_numbers_are_held_back_but_not_from_the_body(
    service: ServiceClient, publish: Publish
) -> None:
    scene, people = await declined_scene(service, publish, reachable=3, unreachable=2)
    await all_told(scene)
    await answer(scene, people, "yn")
    public, own = await measures(service, scene), await measures(scene.lead, scene)
    assert own["told"] == public["told"], "what became of mail tells of people, also the body"
    assert (own["verdicts"]["n"], own["verdicts"]["did_it_happen"]["no"]) == (2, 1)
    assert own["time_to"]["acknowledge"] == {
        "unit": "working days",
        "n": 1,
        "median": 0,
        "p75": 0,
        "p90": 0,
        "within_clock": 1.0,
    }
    assert (public["told"]["told"], public["verdicts"]["n"]) == (0, 0), "the quarter has not ended"
    assert (public["time_to"]["acknowledge"]["n"], public["time_to"]["acknowledge"]["median"]) == (1, None)
    assert await measures(scene.stranger, scene) | {"at": 0} == public | {"at": 0}


async def test_the_public_sees_figures_about_people_when_their_quarter_has_ended(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene, people = await changed_scene(service, publish, reachable=8, unreachable=5)
    await all_told(scene)
    await answer(scene, people, "yyyyyyp")
    let_pass(set_time, 29)
    await close_all(scene)
    early, closed = await measures(service, scene), date.fromisoformat(scene.loop["closed_at"][:10])
    assert (early["told"]["told"], early["verdicts"]["n"], early["closed"]["confirmed"]) == (0, 0, 1)
    let_pass(set_time, 100)
    found = await measures(service, scene)
    assert date.fromisoformat(found["people_until"]) >= closed
    assert found["told"] == {"told": 8, "reachable": 8, "unreachable": 5, "share": 1.0}
    assert found["verdicts"]["n"] == 7
    assert found["verdicts"]["did_it_happen"] == {
        "yes": 6,
        "partly": "fewer than 5",
        "no": "fewer than 5",
        "cannot_tell": "fewer than 5",
    }
    part = await measures(service, scene, since=str(closed - timedelta(days=1)))
    assert part["people_since"] > str(closed)
    assert part["verdicts"]["n"] == 0, "part of a quarter is not counted"
    assert found["closed"] == {"confirmed": 1, "unconfirmed": 0, "disputed": 0, "declined": 0}
    assert found["kept_by_original_date"] == {"part": 1, "of": 1, "share": 1.0}
    assert found["on_time"]["all"]["share"] == 1.0


async def test_praise_is_in_no_number_of_concerns(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    board = scene.board.footprint_id
    praise = feedback(board, kind="compliment")
    await publish(praise)
    before = await measures(scene.lead, scene)
    assert before["opened"] == 0
    body = {"title": "Thanks", "you_said": "Kind.", "footprint": str(board)}
    scene.loop = (
        await scene.lead.post("/v1/loops", json=body | {"feedback_ids": [str(praise.feedback_id)]})
    ).json()
    await scene.acknowledged()
    found = await measures(scene.lead, scene)
    assert (found["opened"], found["praise"], found["on_time"]["all"]["of"]) == (0, 1, 0)


async def test_no_later_kind_takes_a_loop_or_a_person_out_of_the_figures(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene, people = await changed_scene(service, publish, reachable=6, unreachable=6)
    await all_told(scene)
    await answer(scene, people, "yyyyyn")
    let_pass(set_time, 29)
    await close_all(scene)
    let_pass(set_time, 100)
    before = await measures(service, scene)
    assert (before["opened"], before["told"]["unreachable"], before["verdicts"]["n"]) == (1, 6, 6)
    for number in (1, len(scene.said)):
        praised = [each.model_copy(update={"kind": "compliment"}) for each in scene.said[-number:]]
        await publish(*praised, sequence=2)
        assert await measures(scene.stranger, scene) | {"at": 0} == before | {"at": 0}


async def test_mail_that_arrives_after_the_closing_is_in_no_public_number(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene, people = await changed_scene(service, publish, reachable=10, unreachable=5)
    *first, late = await tellings_of(scene, "changed")
    for telling in first:
        await became(scene, telling, TellingDelivered, in_format="email", own_address=True)
    await answer(scene, people, "yyyyyyp")

    async def told() -> tuple[object, object]:
        board = await service.get("/v1/board", params={"footprint": str(scene.board.footprint_id)})
        [item] = plain_counts(board.json())["items"]
        return item["told"], (await measures(service, scene))["told"]

    assert (await told())[0] == "held back"
    let_pass(set_time, 29)
    await close_all(scene)
    let_pass(set_time, 100)
    final = {"told": 9, "reachable": 10, "unreachable": 5, "share": 0.9}
    assert await told() == (9, final)
    await became(scene, late, TellingFailed, reason="address_refused")
    assert await told() == (9, final)


async def test_a_demonstration_never_counts_as_real(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish, demonstration=True)
    await scene.acknowledged()
    assert (await measures(scene.lead, scene))["opened"] == 0
    invented = organisation(demonstration=True, footprint_id=scene.board.footprint_id)
    said = feedback(invented.organisation_id)
    await publish(invented, said)
    lead = person(service, invented.organisation_id, "engagement", "lead-2")
    body = {
        "title": "Doors",
        "you_said": "Heavy.",
        "organisation": str(invented.organisation_id),
        "feedback_ids": [str(said.feedback_id)],
    }
    scene.loop, scene.lead = (await lead.post("/v1/loops", json=body)).json(), lead
    await scene.acknowledged()
    query = {"organisation": str(invented.organisation_id)}
    found = (await service.get("/v1/loops/measures", params=query)).json()
    assert (found["opened"], found["demonstration"]) == (1, True)
    assert (await measures(service, scene))["opened"] == 0


async def test_only_loops_of_the_days_asked_for_count(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    let_pass(set_time, 0)
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    day = scene.loop["opened_at"][:10]
    assert (await measures(service, scene, since=day, until=day))["opened"] == 1
    assert (await measures(service, scene, until="2020-01-01"))["opened"] == 0
    assert (await measures(service, scene, since="2999-01-01"))["opened"] == 0
    assert (await measures(service, scene, since="0001-01-01", until="9999-12-31"))["opened"] == 1


async def test_feedback_in_a_new_loop_within_a_year_was_raised_again(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    scene, _ = await declined_scene(service, publish, reachable=1)
    await all_told(scene)
    let_pass(set_time, 29)
    await close_all(scene)
    assert (await measures(service, scene))["raised_again"] == {"part": 0, "of": 1, "share": 0.0}
    let_pass(set_time, 300)
    again = {"title": "Again", "you_said": "Still.", "footprint": str(scene.board.footprint_id)}
    linked = [str(each.feedback_id) for each in scene.said]
    scene.loop = (await scene.lead.post("/v1/loops", json=again | {"feedback_ids": linked})).json()
    await scene.acknowledged()
    assert (await measures(service, scene))["raised_again"] == {"part": 1, "of": 1, "share": 1.0}


async def test_a_body_that_is_not_known_is_not_here_yet(service: ServiceClient, publish: Publish) -> None:
    await publish(footprint())
    refused = await service.get("/v1/loops/measures", params={"footprint": "QUE"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/query/footprint")


async def test_measures_cost_few_statements(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    with statements(service) as executed:
        before = await measures(service, scene, since="2020-01-01")
    assert len(executed) <= 15
    while await fold(service):
        pass
    with statements(service) as executed:
        after = await measures(service, scene, since="2020-01-01")
    assert len(executed) <= 3
    assert before | {"at": 0} == after | {"at": 0}


async def fold(service: ServiceClient) -> int:
    """Fold what changed into the sums, as the worker does; return how many changes there were."""
    async with service.state.sessions.begin() as session:
        return await fold_changes(session)
