"""Who inherits from a body that is no footprint: the heir in the loop's place, else the largest."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.loop.inheritance.domain import hand_on_left_behind, hand_on_loops
from services.loop.inheritance.returns import return_next_loop
from services.loop.records import Commitment
from shared.events import Envelope
from shared.events.registry import OrganisationChanged, OrganisationRegistered, OrganisationSucceeded
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.examples import footprint, organisation
from tests.loop.inheritance.test_domain import last_event, row_of
from tests.loop.scenes import Scene, person, promise, scene_of

DAY = date(2026, 4, 1)


def succession(of: OrganisationRegistered, *heirs: tuple[UUID, float | None]) -> OrganisationSucceeded:
    """The event that a trust was succeeded."""
    shares = [{"id": heir, "share": share} for heir, share in heirs]
    ended = {"valid_to": date(2026, 3, 31), "succeeded_on": DAY, "successors": shares, "footprint_id": None}
    return OrganisationSucceeded(**of.model_dump() | ended)


async def hand_on(service: ServiceClient, event: OrganisationSucceeded) -> None:
    """Let the loop hear of a succession, as its reaction does."""
    async with service.state.sessions.begin() as session:
        await hand_on_loops(session, event, Envelope.wrap(event, 2))


async def scene_of_trust(
    service: ServiceClient, publish: Publish, **facts: Any
) -> tuple[Scene, OrganisationRegistered]:
    """A draft that a trust must answer, in the place of the board that raised it; and the trust."""
    trust = organisation(**facts)
    await publish(trust)
    return await scene_of(service, publish, organisation=str(trust.organisation_id)), trust


async def test_a_trusts_loop_goes_on_at_its_heir_and_stays_in_its_place(
    service: ServiceClient, publish: Publish
) -> None:
    scene, trust = await scene_of_trust(service, publish)
    heir = organisation(footprint_id=scene.board.footprint_id)
    await publish(heir)
    await scene.decided()
    await scene.done(scene.lead, "commitments", promise(trust.organisation_id))
    owner = person(service, trust.organisation_id, "estates", "estates-7")
    await scene.done(owner, f"/v1/commitments/{scene.commitment['id']}/acceptance")
    await hand_on(service, succession(trust, (heir.organisation_id, None)))
    loop = await row_of(scene)
    assert (loop.organisation_id, loop.footprint_id) == (heir.organisation_id, scene.board.footprint_id)
    assert (loop.state, loop.inherited_from) == ("in_progress", trust.organisation_id)
    assert (loop.heir_uncertain, loop.owner_to_be_named) == (False, True)
    async with service.state.sessions() as session:
        mine = select(Commitment.accepted_at).where(Commitment.loop_id == loop.id)
        assert (await session.scalars(mine)).all() == [None]
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]
    event = await last_event(scene)
    assert (event["type"], event["effective_on"]) == ("loop.inherited.v1", "2026-04-01")
    bodies = {trust.organisation_id, heir.organisation_id, scene.board.footprint_id}
    assert set(event["organisations"]) == {str(body) for body in bodies}
    listed = await service.get("/v1/board/inherited", params={"footprint": str(scene.board.footprint_id)})
    (shown,) = listed.json()["items"]
    assert (shown["inherited_from"], shown["owner_to_be_named"]) == (str(trust.organisation_id), True)


async def test_a_heir_elsewhere_takes_the_loop_to_its_place(service: ServiceClient, publish: Publish) -> None:
    scene, trust = await scene_of_trust(service, publish)
    place = footprint()
    heir = organisation(footprint_id=place.footprint_id)
    await publish(place, heir)
    await hand_on(service, succession(trust, (heir.organisation_id, 1.0)))
    loop = await row_of(scene)
    assert (loop.organisation_id, loop.footprint_id) == (heir.organisation_id, place.footprint_id)


async def test_of_several_heirs_the_one_in_the_loops_place_inherits(
    service: ServiceClient, publish: Publish
) -> None:
    scene, trust = await scene_of_trust(service, publish)
    large, near = organisation(), organisation(footprint_id=scene.board.footprint_id)
    await publish(large, near)
    await hand_on(service, succession(trust, (large.organisation_id, 0.8), (near.organisation_id, 0.2)))
    loop = await row_of(scene)
    assert (loop.organisation_id, loop.footprint_id) == (near.organisation_id, scene.board.footprint_id)
    assert not loop.heir_uncertain


async def test_where_no_place_decides_the_largest_or_first_inherits_uncertainly(
    service: ServiceClient, publish: Publish
) -> None:
    first, second, third = organisation(), organisation(), organisation()
    await publish(first, second, third)
    ids = [each.organisation_id for each in (first, second, third)]
    for shares, heir in (((None, None, None), ids[0]), ((None, 0.3, 0.2), ids[1])):
        scene, trust = await scene_of_trust(service, publish)
        await hand_on(service, succession(trust, *zip(ids, shares, strict=True)))
        loop = await row_of(scene)
        assert (loop.organisation_id, loop.heir_uncertain) == (heir, True)
        assert loop.footprint_id == scene.board.footprint_id


async def test_a_board_may_take_over_from_an_organisation(service: ServiceClient, publish: Publish) -> None:
    scene, location = await scene_of_trust(service, publish)
    board = footprint()
    await publish(board)
    await hand_on(service, succession(location, (board.footprint_id, None)))
    loop = await row_of(scene)
    assert (loop.organisation_id, loop.footprint_id) == (board.footprint_id, board.footprint_id)


async def test_what_a_trust_promised_in_anothers_loop_is_its_heirs_to_accept(
    service: ServiceClient, publish: Publish
) -> None:
    trust, scene = organisation(), await scene_of(service, publish)
    far, near = organisation(), organisation(footprint_id=scene.board.footprint_id)
    await publish(trust, far, near)
    await scene.committed()
    await scene.done(scene.lead, "commitments", promise(trust.organisation_id))
    owner = person(service, trust.organisation_id, "estates", "estates-7")
    path = f"/v1/commitments/{scene.commitment['id']}/acceptance"
    await scene.done(owner, path)
    await hand_on(service, succession(trust, (far.organisation_id, 0.9), (near.organisation_id, 0.1)))
    loop, event = await row_of(scene), await last_event(scene)
    assert (loop.organisation_id, loop.inherited_from) == (scene.board.footprint_id, None)
    assert loop.owner_to_be_named
    assert (event["type"], event["owner_organisation_id"]) == (
        "loop.commitment_revised.v1",
        str(near.organisation_id),
    )
    assert {str(trust.organisation_id), str(far.organisation_id)} < set(event["organisations"])
    await scene.read()
    accepted = [each["accepted_at"] is not None for each in scene.loop["commitments"]]
    assert accepted == [True, False]
    heirs_own = person(service, near.organisation_id, "estates", "estates-8")
    await scene.done(heirs_own, path)
    assert not scene.loop["owner_to_be_named"]
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


async def go_back(service: ServiceClient) -> int:
    """Let loops go back, as the worker does; return how many did."""
    returned = 0
    while True:
        async with service.state.sessions.begin() as session:
            if not await return_next_loop(session):
                return returned
        returned += 1


async def test_a_loop_goes_back_when_its_succession_is_undone(
    service: ServiceClient, publish: Publish
) -> None:
    scene, trust = await scene_of_trust(service, publish)
    place = footprint()
    heir, last = organisation(footprint_id=place.footprint_id), organisation()
    await publish(place, heir, last)
    await scene.decided()
    applied = succession(trust, (heir.organisation_id, 1.0))
    await publish(applied, sequence=2)
    await hand_on(service, applied)
    assert await go_back(service) == 0
    again = succession(heir, (last.organisation_id, 1.0))
    await publish(again, sequence=2)
    await hand_on(service, again)
    # The later one is undone first: the loop is the first heir's again.
    undone = {"succeeded_on": None}
    await publish(OrganisationChanged(**again.model_dump() | undone), sequence=3)
    assert (await go_back(service), await go_back(service)) == (1, 0)
    loop = await row_of(scene)
    assert (loop.organisation_id, loop.footprint_id) == (heir.organisation_id, place.footprint_id)
    assert loop.inherited_from == trust.organisation_id
    await publish(OrganisationChanged(**applied.model_dump() | undone), sequence=3)
    assert (await go_back(service), await go_back(service)) == (1, 0)
    loop, event = await row_of(scene), await last_event(scene)
    assert (loop.organisation_id, loop.footprint_id) == (trust.organisation_id, scene.board.footprint_id)
    assert (loop.inherited_from, loop.inherited_at, loop.heir_uncertain) == (None, None, False)
    assert (event["type"], event["inherited_from"]) == ("loop.inherited.v1", str(heir.organisation_id))
    assert {str(trust.organisation_id), str(heir.organisation_id)} <= set(event["organisations"])
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]
    # Applied once more, it is handed on again.
    await publish(succession(trust, (last.organisation_id, 1.0)), sequence=4)
    async with service.state.sessions.begin() as session:
        assert await hand_on_left_behind(session) == 1
    assert (await row_of(scene)).organisation_id == last.organisation_id


async def test_what_a_board_answers_for_stays_with_it(service: ServiceClient, publish: Publish) -> None:
    scene, trust = await scene_of_trust(service, publish)
    closed = {"valid_to": date(2026, 3, 31), "footprint_id": scene.board.footprint_id}
    await publish(OrganisationChanged(**trust.model_dump() | closed), sequence=2)
    async with service.state.sessions.begin() as session:
        await hand_on_left_behind(session)
    assert (await row_of(scene)).organisation_id == scene.board.footprint_id
    named = closed | {"successors": [{"id": organisation().organisation_id, "share": 1.0}]}
    for sequence, facts in enumerate((closed, named), 3):
        await publish(OrganisationChanged(**trust.model_dump() | facts), sequence=sequence)
        assert await go_back(service) == 0


async def test_loops_of_others_in_the_same_place_stay(service: ServiceClient, publish: Publish) -> None:
    scene, trust = await scene_of_trust(service, publish)
    other, heir = organisation(), organisation()
    await publish(other, heir)
    await hand_on(service, succession(other, (heir.organisation_id, 1.0)))
    assert (await row_of(scene)).organisation_id == trust.organisation_id


async def test_a_loop_that_comes_after_its_succession_is_handed_on_along_all_heirs(
    service: ServiceClient, publish: Publish
) -> None:
    scene, trust = await scene_of_trust(service, publish)
    between, last = organisation(), organisation()
    await publish(between, last)
    await publish(succession(trust, (between.organisation_id, 1.0)), sequence=2)
    await publish(succession(between, (last.organisation_id, None)), sequence=2)
    left = 1
    while left:
        async with service.state.sessions.begin() as session:
            left = await hand_on_left_behind(session)
    loop = await row_of(scene)
    assert (loop.organisation_id, loop.inherited_from) == (last.organisation_id, between.organisation_id)
