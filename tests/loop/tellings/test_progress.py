"""What becomes of tellings, and when enough people are told for their verdicts to be asked."""

import json

import pytest
from sqlalchemy import select

from services.loop.tellings.progress import TellingProgress
from shared.events.feedback import TellingDelivered, TellingFailed, TellingHeld
from shared.ids import new_id
from shared.outbox import Outbox
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.scenes import Scene
from tests.loop.tellings.voices import all_told, became, changed_scene, declined_scene, tellings_of


@pytest.mark.parametrize(
    ("told", "reachable", "waiting", "groups", "enough"),
    [
        (9, 10, 1, 0, True),  # nine in ten
        (8, 10, 2, 0, False),
        (8, 10, 0, 0, True),  # all tries are over
        (0, 0, 0, 0, False),  # nobody can be told alone
        (0, 0, 0, 1, True),
        (0, 2, 2, 1, False),
    ],
)
def test_nine_in_ten_or_all_tries_or_a_group(
    told: int, reachable: int, waiting: int, groups: int, enough: bool
) -> None:
    count = TellingProgress(frozenset(new_id() for _ in range(told)), reachable, waiting, groups)
    assert count.is_enough is enough


async def events_of(scene: Scene, kind: str) -> list[dict[str, object]]:
    """The events of the loop of one type."""
    async with scene.service.state.sessions() as session:
        found = select(Outbox).where(Outbox.type == kind).order_by(Outbox.position)
        recorded = [json.loads(row.body)["data"] for row in await session.scalars(found)]
    return [each for each in recorded if each["loop_id"] == scene.loop["id"]]


async def test_verdicts_are_asked_for_when_all_are_told(service: ServiceClient, publish: Publish) -> None:
    scene, _ = await declined_scene(service, publish)
    first, *rest = await tellings_of(scene, "declined")
    assert len(rest) == 2
    await became(scene, first, TellingDelivered, in_format="email")
    assert (await scene.read())["state"] == "telling"
    await all_told(scene)
    assert (scene.loop["state"], scene.loop["told_at"] is not None) == ("verdict_open", True)
    assert len(await tellings_of(scene, "verdict_asked")) == 3
    (event,) = await events_of(scene, "loop.contributors_told.v1")
    assert (event["told"], event["reachable"], event["state"]) == (3, 3, "verdict_open")
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


async def test_small_numbers_are_not_in_the_public_history(service: ServiceClient, publish: Publish) -> None:
    scene, _ = await changed_scene(service, publish, reachable=6, unreachable=6)
    await all_told(scene)
    entries = (await service.get(f"{scene.path}/timeline")).json()["items"]
    opening = next(entry for entry in entries if entry["step"] == "telling")
    assert opening["facts"]["told"] == {"n": None, "shown": "held back"}
    assert opening["facts"]["reachable"] == {"n": None, "shown": "held back"}


async def test_who_wants_no_mail_is_unreachable_and_others_are_tried_to_the_end(
    service: ServiceClient, publish: Publish
) -> None:
    scene, _ = await declined_scene(service, publish)
    one, two, three = await tellings_of(scene, "declined")
    await became(scene, one, TellingDelivered, in_format="email")
    await became(scene, two, TellingFailed, reason="suppressed")
    assert (await scene.read())["state"] == "telling"
    await became(scene, three, TellingFailed, reason="format_not_available")
    assert (await scene.read())["state"] == "verdict_open"
    states = [each.state for each in await tellings_of(scene, "declined")]
    assert states == ["delivered", "suppressed", "failed"]
    assert [each.feedback_id for each in await tellings_of(scene, "verdict_asked")] == [one.feedback_id]


async def test_what_is_held_is_seen_and_opens_nothing(service: ServiceClient, publish: Publish) -> None:
    scene, _ = await declined_scene(service, publish, reachable=1)
    (only,) = await tellings_of(scene, "declined")
    await became(scene, only, TellingHeld, reason="sending_is_held")
    [held] = await tellings_of(scene, "declined")
    assert (held.state, held.reason, (await scene.read())["state"]) == ("held", "sending_is_held", "telling")
    await became(scene, only, TellingDelivered, in_format="email")
    # What comes late or again changes nothing.
    await became(scene, only, TellingHeld, reason="sending_is_held")
    await became(scene, only, TellingFailed, reason="tries_exhausted")
    assert (await tellings_of(scene, "declined"))[0].state == "delivered"
    assert (await scene.read())["state"] == "verdict_open"


async def test_who_is_told_late_is_asked_late(service: ServiceClient, publish: Publish) -> None:
    scene, _ = await declined_scene(service, publish, reachable=10)
    *most, last = await tellings_of(scene, "declined")
    for telling in most:
        await became(scene, telling, TellingDelivered, in_format="email")
    assert len(await tellings_of(scene, "verdict_asked")) == 9
    await became(scene, last, TellingDelivered, in_format="email")
    asked = await tellings_of(scene, "verdict_asked")
    assert asked[-1].feedback_id == last.feedback_id
    assert len(asked) == 10


async def test_a_telling_that_is_not_known_is_left_alone(service: ServiceClient, publish: Publish) -> None:
    scene, _ = await declined_scene(service, publish, reachable=1)
    (only,) = await tellings_of(scene, "declined")
    only.id = new_id()
    await became(scene, only, TellingDelivered, in_format="email")
    assert (await scene.read())["state"] == "telling"
