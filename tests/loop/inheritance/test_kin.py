"""A body is no other organisation after a merger: nobody is a witness or a judge of their own past."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.loop.core.queries import kin_of
from services.loop.loops.halting import halt_if_complaint
from shared.clock import today
from shared.events import Envelope
from shared.events.feedback import FeedbackRevised
from shared.events.registry import FootprintSucceeded, OrganisationRegistered
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.examples import footprint, organisation
from tests.loop.inheritance.test_organisations import hand_on, succession
from tests.loop.scenes import Scene, decision, person, promise, refusal, scene_of
from tests.loop.tellings.voices import all_told, changed_scene, telling_scene
from tests.loop.verdicts.test_closing import answer
from tests.loop.verdicts.test_witnesses import sent_by, verdicts_of

JUDGEMENT = {"accept": True, "reason": "The photo shows it, and people were counted."}


async def merged_into(publish: Publish, heir: UUID) -> tuple[UUID, UUID]:
    """A trust that became a part of a body, by way of another trust: the first and the second of them."""
    first, second = organisation(), organisation()
    await publish(first, second)
    for trust, following in ((first, second.organisation_id), (second, heir)):
        await publish(succession(trust, (following, 1.0)), sequence=2)
    return first.organisation_id, second.organisation_id


async def judged(scene: Scene, by: UUID, team: str) -> Any:
    """What comes of it that a team of an organisation judges the change that is claimed."""
    evidence = await scene.claimed()
    judge = person(scene.service, by, team, "judge-9", "loop:read", "loop:verify")
    return await scene.send(judge, f"/v1/evidence/{evidence['id']}/verification", JUDGEMENT)


async def test_kin_are_all_that_a_body_came_from_and_became(service: ServiceClient, publish: Publish) -> None:
    board, other = footprint(), organisation()
    await publish(board, other)
    first, second = await merged_into(publish, board.footprint_id)
    async with service.state.sessions() as session:
        for body in (first, second, board.footprint_id):
            assert await kin_of(session, {body, None}) == {first, second, board.footprint_id}
        assert await kin_of(session, {other.organisation_id}) == {other.organisation_id}
        assert await kin_of(session, {None}) == frozenset()


async def test_who_operates_a_body_is_its_kin_both_ways_and_two_that_one_operates_are_none(
    service: ServiceClient, publish: Publish
) -> None:
    trust = organisation()
    ward, practice, other = (organisation(operated_by=(trust.organisation_id,)) for _ in range(3))
    branch = organisation(operated_by=(practice.organisation_id,))
    await publish(trust, ward, practice, other, branch)
    of = {each.organisation_id for each in (ward, practice, other, branch)}
    chain = {trust.organisation_id, practice.organisation_id, branch.organisation_id}
    async with service.state.sessions() as session:
        assert await kin_of(session, {trust.organisation_id}) == {trust.organisation_id} | of
        assert await kin_of(session, {practice.organisation_id}) == chain
        assert await kin_of(session, {branch.organisation_id}) == chain


async def test_what_a_body_operates_witnesses_and_judges_nothing(
    service: ServiceClient, publish: Publish
) -> None:
    scene, people = await changed_scene(service, publish, reachable=3)
    practice = organisation(operated_by=(scene.board.footprint_id,))
    await publish(practice)
    await sent_by(publish, scene, practice.organisation_id, 3)
    await all_told(scene, own_address=False)
    await answer(scene, people, "yyy")
    own = await verdicts_of(scene.lead, scene)
    assert (own["witnessed"], own["not_witnessed"]) == (0, 3)
    other = await scene_of(service, publish)
    operated = organisation(operated_by=(other.board.footprint_id,))
    await publish(operated)
    assert (await judged(other, operated.organisation_id, "quality")).status_code == 201
    assert other.loop["judged_by"] == "the_body_itself"


@pytest.mark.parametrize(("days", "are_kin"), [(29, True), (28, False)])
async def test_a_board_is_kin_of_what_closed_without_an_heir_in_its_place(
    service: ServiceClient, publish: Publish, days: int, *, are_kin: bool
) -> None:
    board, before = footprint(), footprint()
    shares = [{"id": board.footprint_id, "share": 1.0}]
    ended = before.model_dump() | {"successors": shares, "succeeded_on": today()}
    closed, other = (
        organisation(valid_to=today() - timedelta(days=days), footprint_id=before.footprint_id)
        for _ in range(2)
    )
    await publish(board, FootprintSucceeded(**ended), closed, other)
    boards = {board.footprint_id, before.footprint_id}
    async with service.state.sessions() as session:
        kin = await kin_of(session, {board.footprint_id})
        assert kin == boards | ({closed.organisation_id, other.organisation_id} if are_kin else set())
        kin = await kin_of(session, {closed.organisation_id})
        assert kin == {closed.organisation_id} | (boards if are_kin else set())


async def test_what_a_body_sent_before_it_became_another_is_not_witnessed(
    service: ServiceClient, publish: Publish
) -> None:
    scene, people = await changed_scene(service, publish, reachable=3)
    first, second = await merged_into(publish, scene.board.footprint_id)
    await sent_by(publish, scene, second, 2)
    await sent_by(publish, scene, first, 1)
    await all_told(scene, own_address=False)
    await answer(scene, people, "yyy")
    own = await verdicts_of(scene.lead, scene)
    assert (own["witnessed"], own["not_witnessed"]) == (0, 3)


async def test_an_earlier_owner_of_a_promise_witnesses_and_judges_nothing(
    service: ServiceClient, publish: Publish
) -> None:
    scene, people = await telling_scene(service, publish, reachable=1)
    friend = organisation()
    await publish(friend)
    await scene.done(scene.lead, "decisions", decision())
    await scene.done(scene.lead, "commitments", promise(friend.organisation_id))
    owner = person(service, friend.organisation_id, "estates", "friend-1")
    path = f"/v1/commitments/{scene.commitment['id']}"
    await scene.done(owner, f"{path}/acceptance")
    own = {"organisation": str(scene.board.footprint_id), "team": "estates", "role": "head of estates"}
    reason = "The work was given back to our own team, because the other has no people for it."
    await scene.done(scene.lead, f"{path}/revisions", {"owner": own, "reason": reason})
    await scene.done(scene.estates, f"{path}/acceptance")
    evidence = await scene.shown()
    await scene.done(scene.estates, f"{path}/change-claims", {})
    judge = person(service, friend.organisation_id, "quality", "friend-2", "loop:read", "loop:verify")
    await scene.done(judge, f"/v1/evidence/{evidence['id']}/verification", JUDGEMENT)
    assert scene.loop["judged_by"] == "the_body_itself"
    await sent_by(publish, scene, friend.organisation_id, 1)
    await all_told(scene, own_address=False)
    await answer(scene, people, "y")
    assert (await verdicts_of(scene.lead, scene))["witnessed"] == 0


async def test_what_a_body_was_judges_as_the_body_itself(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    first, _ = await merged_into(publish, scene.board.footprint_id)
    assert (await judged(scene, first, "quality")).status_code == 201
    assert scene.loop["judged_by"] == "the_body_itself"


async def test_a_team_judges_its_own_part_under_no_earlier_name_of_its_body(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    _, second = await merged_into(publish, scene.board.footprint_id)
    assert refusal(await judged(scene, second, "Estates")) == (403, "self_verification")


async def test_what_a_body_was_halts_a_loop_as_the_body_itself_and_does_not_resume_it(
    service: ServiceClient, publish: Publish
) -> None:
    scene, _ = await telling_scene(service, publish, reachable=1)
    first, _ = await merged_into(publish, scene.board.footprint_id)
    said = scene.said[0].model_dump() | {"kind": "complaint", "sender_id": first}
    await publish(revised := FeedbackRevised(**said), sequence=3)
    async with service.state.sessions.begin() as session:
        await halt_if_complaint(session, revised, Envelope.wrap(revised, 3))
    assert (await scene.read())["halted_by"] == "the_body_itself"
    before = person(service, first, "engagement", "before-1", "loop:read", "loop:verify")
    body = {"moderated": True, "reason": "We know that this can go on, because the person agreed to it."}
    assert refusal(await scene.send(before, "resumption-by-others", body)) == (403, "not_responsible")
    steps = (await before.get(f"{scene.path}/next")).json()["steps"]
    assert not any(step["yours"] for step in steps)


async def test_a_loop_that_was_handed_on_twice_knows_its_first_body(
    service: ServiceClient, publish: Publish
) -> None:
    trusts: list[OrganisationRegistered] = [organisation() for _ in range(2)]
    await publish(*trusts)
    scene = await scene_of(service, publish)
    heir = footprint()
    await publish(heir)
    first = succession(trusts[0], (trusts[1].organisation_id, 1.0))
    second = succession(trusts[1], (scene.board.footprint_id, 1.0))
    for event in (first, second):
        await publish(event, sequence=2)
        await hand_on(service, event)
    assert (await judged(scene, trusts[0].organisation_id, "quality")).status_code == 201
    assert scene.loop["judged_by"] == "the_body_itself"
