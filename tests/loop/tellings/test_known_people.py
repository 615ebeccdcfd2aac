"""Results of tellings do not tell of one person beside people whom the reader knows."""

from typing import Any

import pytest

from tests.fixtures.clients import ServiceClient
from tests.fixtures.figures import plain_counts
from tests.loop.conftest import Publish
from tests.loop.examples import organisation
from tests.loop.tellings.voices import all_told, declined_scene
from tests.loop.verdicts.test_witnesses import sent_by


async def results(service: ServiceClient, publish: Publish, known: str, *one: bool) -> tuple[Any, Any]:
    """What a body reads of the tellings to ten people whom it knows, and to one who may not be reachable."""
    reachable = 10 + sum(one)
    scene, _ = await declined_scene(
        service, publish, reachable=reachable, unreachable=10 + len(one) - reachable
    )
    sender = scene.board.footprint_id
    if known == "kin":
        practice = organisation(operated_by=(sender,))
        await publish(practice)
        sender = practice.organisation_id
    await sent_by(publish, scene, sender, 10)
    await all_told(scene)
    seen = plain_counts((await scene.lead.get(f"{scene.path}/tellings")).json())
    row = next(each for each in seen["tellings"] if each["kind"] == "declined")
    return seen["told"], row["people"]


@pytest.mark.parametrize("known", ["the_body", "kin"])
async def test_ten_people_whom_a_body_knows_do_not_tell_of_one_beside_them(
    service: ServiceClient, publish: Publish, known: str
) -> None:
    for is_reachable in (True, False):
        assert await results(service, publish, known, is_reachable) == ("at least 10", "at least 10")
    assert await results(service, publish, known) == (10, 10)


async def test_who_is_counted_in_an_earlier_loop_is_left_out(
    service: ServiceClient, publish: Publish
) -> None:
    scene, _ = await declined_scene(service, publish, reachable=11)
    first, known = scene.loop, [str(each.feedback_id) for each in scene.said[:10]]
    again = {"title": "Again", "you_said": "Heavy.", "footprint": str(scene.board.footprint_id)}
    for linked in (known, [*known, str(scene.said[10].feedback_id)]):
        scene.loop = (await scene.lead.post("/v1/loops", json=again | {"feedback_ids": linked})).json()
        await scene.acknowledged()
        rows = (await scene.lead.get(f"{scene.path}/tellings")).json()["tellings"]
        assert [plain_counts(each)["people"] for each in rows] == ["held back"]
    scene.loop = first
    rows = (await scene.lead.get(f"{scene.path}/tellings")).json()["tellings"]
    assert plain_counts(rows[0])["people"] == 11
