"""Who inherits what: the heir that holds the organisation, else the largest; state and clocks stay."""

import json
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.loop.inheritance.domain import hand_on_left_behind, hand_on_loops
from services.loop.models import Loop
from services.loop.records import Clock
from shared.clock import now
from shared.events import Envelope
from shared.events.registry import FootprintRegistered, FootprintSucceeded
from shared.outbox import Outbox
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.examples import footprint, organisation
from tests.loop.scenes import SCOPES, Scene, person, scene_of

DAY = date(2026, 4, 1)


def succession(of: FootprintRegistered, *heirs: tuple[FootprintRegistered, float]) -> FootprintSucceeded:
    """The event that a body was succeeded."""
    shares = [{"id": heir.footprint_id, "share": share} for heir, share in heirs]
    ended = {"valid_to": date(2026, 3, 31), "succeeded_on": DAY, "successors": shares}
    return FootprintSucceeded(**of.model_dump() | ended)


async def hand_on(service: ServiceClient, event: FootprintSucceeded) -> None:
    """Let the loop hear of a succession, as its reaction does."""
    async with service.state.sessions.begin() as session:
        await hand_on_loops(session, event, Envelope.wrap(event, 2))


async def row_of(scene: Scene) -> Loop:
    """The loop as it is stored."""
    async with scene.service.state.sessions() as session:
        found: Loop = await session.get_one(Loop, UUID(scene.loop["id"]))
    return found


async def last_event(scene: Scene) -> dict[str, Any]:
    """The latest event of the loop."""
    async with scene.service.state.sessions() as session:
        wanted = select(Outbox).where(Outbox.aggregate_id == scene.loop["id"]).order_by(Outbox.sequence)
        row = (await session.scalars(wanted)).all()[-1]
    recorded: dict[str, Any] = {"type": row.type} | json.loads(row.body)["data"]
    return recorded


async def test_a_loop_goes_on_at_the_heir_in_its_state_and_on_its_clocks(
    service: ServiceClient, publish: Publish
) -> None:
    heir, scene = footprint(), await scene_of(service, publish)
    await scene.committed()
    await publish(heir)
    async with service.state.sessions() as session:
        mine = select(Clock.kind, Clock.due_at, Clock.met_at).where(Clock.loop_id == scene.loop["id"])
        clocks = set((await session.execute(mine)).all())
    await hand_on(service, succession(scene.board, (heir, 1.0)))
    loop = await row_of(scene)
    assert (loop.organisation_id, loop.footprint_id) == (heir.footprint_id, heir.footprint_id)
    assert (loop.state, loop.inherited_from) == ("in_progress", scene.board.footprint_id)
    assert (loop.heir_uncertain, loop.owner_to_be_named) == (False, True)
    async with service.state.sessions() as session:
        assert set((await session.execute(mine)).all()) == clocks
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]
    event = await last_event(scene)
    assert (event["type"], event["effective_on"]) == ("loop.inherited.v1", "2026-04-01")
    assert set(event["organisations"]) == {str(scene.board.footprint_id), str(heir.footprint_id)}


async def test_the_successors_people_name_an_owner_and_go_on(
    service: ServiceClient, publish: Publish
) -> None:
    heir, scene = footprint(), await scene_of(service, publish)
    await scene.committed()
    await publish(heir)
    await hand_on(service, succession(scene.board, (heir, 1.0)))
    await scene.read()
    assert (await scene.send(scene.lead, "statement", {"statement": "We are still here."})).status_code == 403
    lead = person(service, heir.footprint_id, "engagement", "heir-1")
    estates = person(service, heir.footprint_id, "estates", "heir-2", *SCOPES)
    path = f"/v1/commitments/{scene.commitment['id']}"
    assert scene.commitment["accepted_at"] is None
    owner = {"organisation": str(heir.footprint_id), "team": "estates", "role": "head of estates"}
    reason = "The board that promised this is part of ours since April, and its estates team with it."
    await scene.done(lead, f"{path}/revisions", {"owner": owner, "reason": reason})
    await scene.done(estates, f"{path}/acceptance")
    assert not scene.loop["owner_to_be_named"]
    assert scene.commitment["original_due_on"] == scene.commitment["due_on"]


async def test_of_a_split_the_largest_share_inherits_uncertainly_and_all_hear_of_it(
    service: ServiceClient, publish: Publish
) -> None:
    large, small, scene = footprint(), footprint(), await scene_of(service, publish)
    await scene.acknowledged()
    await publish(large, small)
    await hand_on(service, succession(scene.board, (small, 0.3), (large, 0.7)))
    loop, event = await row_of(scene), await last_event(scene)
    assert (loop.footprint_id, loop.heir_uncertain) == (large.footprint_id, True)
    bodies = {scene.board.footprint_id, large.footprint_id, small.footprint_id}
    assert set(event["organisations"]) == {str(body) for body in bodies}
    assert event["heir_uncertain"]


async def test_a_trusts_loop_goes_where_the_trust_went(service: ServiceClient, publish: Publish) -> None:
    large, small, scene = footprint(), footprint(), await scene_of(service, publish)
    trust = organisation(footprint_id=small.footprint_id)
    await publish(large, small, trust)
    async with service.state.sessions.begin() as session:
        loop = (await session.scalars(select(Loop).where(Loop.id == scene.loop["id"]))).one()
        loop.organisation_id = trust.organisation_id
    await hand_on(service, succession(scene.board, (small, 0.3), (large, 0.7)))
    loop = await row_of(scene)
    assert (loop.organisation_id, loop.footprint_id) == (trust.organisation_id, small.footprint_id)
    assert (loop.heir_uncertain, loop.owner_to_be_named) == (False, False)


async def test_what_is_closed_stays_with_who_closed_it(service: ServiceClient, publish: Publish) -> None:
    heir, scene = footprint(), await scene_of(service, publish)
    await publish(heir)
    async with service.state.sessions.begin() as session:
        loop = (await session.scalars(select(Loop).where(Loop.id == scene.loop["id"]))).one()
        loop.state, loop.closed_at = "closed", now()
    await hand_on(service, succession(scene.board, (heir, 1.0)))
    await hand_on(service, succession(scene.board))
    assert (await row_of(scene)).footprint_id == scene.board.footprint_id


async def test_a_loop_that_comes_after_its_succession_is_handed_on_as_well(
    service: ServiceClient, publish: Publish
) -> None:
    heir, scene = footprint(), await scene_of(service, publish)
    await publish(heir)
    await publish(succession(scene.board, (heir, 1.0)), sequence=2)
    left = 1
    while left:
        async with service.state.sessions.begin() as session:
            left = await hand_on_left_behind(session)
    assert (await row_of(scene)).inherited_from == scene.board.footprint_id
