"""What a body still owns goes to whom answers for it, in whatever way the loop heard that it ended."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from services.loop.inheritance.domain import hand_on_left_behind
from shared.clock import today
from shared.events.registry import (
    FootprintSucceeded,
    OrganisationChanged,
    OrganisationRegistered,
    OrganisationRestated,
)
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.examples import footprint, organisation
from tests.loop.inheritance.test_domain import last_event, row_of
from tests.loop.inheritance.test_organisations import hand_on, scene_of_trust, succession
from tests.loop.scenes import Scene, person, promise, scene_of

LONG_AGO = today() - timedelta(days=29)


async def hand_on_all(service: ServiceClient) -> int:
    """Do what the timer does until nothing is left; return how many bodies that took."""
    for done in range(10):
        async with service.state.sessions.begin() as session:
            if not await hand_on_left_behind(session):
                return done
    raise AssertionError("it does not end")


async def close(publish: Publish, trust: OrganisationRegistered, on: date | None, sequence: int = 2) -> None:
    """Let a trust close, or be open again, without an heir."""
    await publish(OrganisationChanged(**trust.model_dump() | {"valid_to": on}), sequence=sequence)


async def scene_in_place(service: ServiceClient, publish: Publish) -> tuple[Scene, OrganisationRegistered]:
    """A loop of a trust that is in the place of another board than the one that raised it."""
    place = footprint()
    await publish(place)
    return await scene_of_trust(service, publish, footprint_id=place.footprint_id)


async def test_the_board_of_its_place_takes_over_from_a_body_that_closed_without_an_heir(
    service: ServiceClient, publish: Publish
) -> None:
    scene, trust = await scene_in_place(service, publish)
    await scene.acknowledged()
    await close(publish, trust, LONG_AGO)
    assert await hand_on_all(service) == 1
    loop, event = await row_of(scene), await last_event(scene)
    assert (loop.organisation_id, loop.footprint_id) == (trust.footprint_id, trust.footprint_id)
    assert (loop.inherited_from, loop.heir_uncertain) == (trust.organisation_id, False)
    assert event["effective_on"] == str(LONG_AGO + timedelta(days=1))
    assert {str(trust.organisation_id), str(trust.footprint_id)} < set(event["organisations"])
    assert trust.footprint_id is not None
    lead = person(service, trust.footprint_id, "engagement", "board-1")
    await scene.read()
    assert (await scene.send(lead, "statement", {"statement": "We answer for it now."})).status_code == 200
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]
    assert await hand_on_all(service) == 0


async def test_a_board_that_closed_since_is_passed_over(service: ServiceClient, publish: Publish) -> None:
    scene, trust = await scene_in_place(service, publish)
    heir, old = footprint(), footprint(footprint_id=trust.footprint_id)
    shares = [{"id": heir.footprint_id, "share": 1.0}]
    ended = {"valid_to": LONG_AGO, "succeeded_on": today(), "successors": shares}
    await publish(heir)
    await publish(FootprintSucceeded(**old.model_dump() | ended), sequence=2)
    await close(publish, trust, LONG_AGO)
    await hand_on_all(service)
    assert (await row_of(scene)).organisation_id == heir.footprint_id


@pytest.mark.parametrize("closed_on", [today() - timedelta(days=28), today() - timedelta(days=1), None])
async def test_a_closing_that_may_be_taken_back_moves_nothing(
    service: ServiceClient, publish: Publish, closed_on: date | None
) -> None:
    scene, trust = await scene_in_place(service, publish)
    await close(publish, trust, LONG_AGO)
    await close(publish, trust, closed_on, sequence=3)
    assert await hand_on_all(service) == 0
    assert (await row_of(scene)).organisation_id == trust.organisation_id


async def test_a_body_whose_place_nobody_knows_keeps_its_loop(
    service: ServiceClient, publish: Publish
) -> None:
    scene, trust = await scene_of_trust(service, publish)
    await close(publish, trust, LONG_AGO)
    assert await hand_on_all(service) == 0
    assert (await row_of(scene)).inherited_from is None


async def test_an_heir_that_is_named_later_takes_over_from_the_board(
    service: ServiceClient, publish: Publish
) -> None:
    scene, trust = await scene_in_place(service, publish)
    heir = organisation()
    await publish(heir)
    await scene.acknowledged()
    await close(publish, trust, LONG_AGO)
    await hand_on_all(service)
    await hand_on(service, succession(trust, (heir.organisation_id, None)))
    loop = await row_of(scene)
    assert (loop.organisation_id, loop.inherited_from) == (heir.organisation_id, trust.organisation_id)
    assert str(trust.footprint_id) in (await last_event(scene))["organisations"]
    await hand_on(service, succession(trust, (heir.organisation_id, None)))
    assert (await row_of(scene)).version == loop.version
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


async def test_loops_of_others_stay_where_a_board_is_succeeded_again(
    service: ServiceClient, publish: Publish
) -> None:
    scene, trust = await scene_in_place(service, publish)
    heir = footprint()
    await publish(heir)
    old = footprint(footprint_id=UUID(str(trust.footprint_id)))
    shares = [{"id": heir.footprint_id, "share": 1.0}]
    ended = {"valid_to": LONG_AGO, "succeeded_on": today(), "successors": shares}
    await publish(FootprintSucceeded(**old.model_dump() | ended), sequence=2)
    await hand_on_all(service)
    assert (await row_of(scene)).organisation_id == trust.organisation_id


async def test_promises_are_handed_on_where_the_succession_was_heard_of_in_another_way(
    service: ServiceClient, publish: Publish
) -> None:
    trust, heir, scene = organisation(), organisation(), await scene_of(service, publish)
    await publish(trust, heir)
    await scene.committed()
    await scene.done(scene.lead, "commitments", promise(trust.organisation_id))
    told = succession(trust, (heir.organisation_id, 1.0))
    await publish(OrganisationRestated(**told.model_dump()), sequence=2)
    assert await hand_on_all(service) == 1
    event = await last_event(scene)
    assert (event["type"], event["owner_organisation_id"]) == (
        "loop.commitment_revised.v1",
        str(heir.organisation_id),
    )
    assert (await row_of(scene)).inherited_from is None


async def test_what_a_body_promised_in_its_own_loop_waits_for_the_heir_to_name_an_owner(
    service: ServiceClient, publish: Publish
) -> None:
    scene, trust = await scene_of_trust(service, publish)
    heir = organisation()
    await publish(heir)
    await scene.decided()
    await scene.done(scene.lead, "commitments", promise(trust.organisation_id))
    await publish(
        OrganisationRestated(**succession(trust, (heir.organisation_id, 1.0)).model_dump()), sequence=2
    )
    assert await hand_on_all(service) == 1
    await scene.read()
    assert scene.commitment["owner_organisation_id"] == str(trust.organisation_id)
    assert scene.loop["owner_to_be_named"]


async def test_what_a_body_in_a_circle_owns_stays_with_it(service: ServiceClient, publish: Publish) -> None:
    scene, trust = await scene_of_trust(service, publish)
    others = [organisation(), organisation()]
    await publish(*others)
    await scene.acknowledged()
    circle = [trust, *others]
    for body, heir in zip(circle, [*others, trust], strict=True):
        told = succession(body, (heir.organisation_id, 1.0))
        await publish(OrganisationRestated(**told.model_dump()), sequence=2)
    assert await hand_on_all(service) == 0
    assert (await row_of(scene)).organisation_id == trust.organisation_id
