"""Whose key may do what after a body ended: its heir acts, and its own key only reads, for a time."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.feedback.bodies.heirs import Ended, Heirs
from shared.auth import Caller
from shared.clock import today
from shared.errors import Unavailable
from shared.events.registry import (
    FootprintSucceeded,
    OrganisationChanged,
    OrganisationRegistered,
    OrganisationRestated,
    OrganisationSucceeded,
)
from shared.ids import new_id
from tests.feedback.examples import ACTOR, ClientOf, a_footprint, a_trust, give_feedback, tell
from tests.fixtures.clients import ServiceClient

EVERYTHING = ("feedback:read", "feedback:write", "feedback:identify", "feedback:erase", "sources:manage")
YESTERDAY = today() - timedelta(days=1)


async def succeed(
    service: ServiceClient,
    old: OrganisationRegistered,
    *heirs: tuple[UUID, float | None],
    on: date | None = None,
    by: type[OrganisationSucceeded | OrganisationRestated | OrganisationChanged] = OrganisationSucceeded,
    sequence: int = 2,
) -> None:
    """Tell of a succession that was applied on a day, in one of the ways in which the service hears of it."""
    shares = [{"id": heir, "share": share} for heir, share in heirs]
    day = on or today()
    facts = {"valid_to": day - timedelta(days=1), "succeeded_on": day, "successors": shares}
    await tell(service, by.model_validate(old.model_dump() | facts), sequence=sequence)
    await refresh(service)


async def refresh(service: ServiceClient) -> None:
    """Do what the service does twice a minute."""
    await service.part(Heirs).refresh(service.state.sessions)


async def ids_listed(client: ServiceClient) -> list[str]:
    """The feedback that a client lists as not published."""
    items = (await client.get("/v1/feedback?state=received")).json()["items"]
    return [each["id"] for each in items]


async def steps_told(client: ServiceClient, told: dict[str, Any]) -> dict[str, str | None]:
    """Who did what, as the person reads it with their code."""
    read = await client.post("/v1/replies/lookup", json={"reply_code": told["reply_code"]})
    return {step["what"]: step["by"] for step in read.json()["steps"]}


async def publish(client: ServiceClient, told: dict[str, Any]) -> Any:
    """Try to publish."""
    path = f"/v1/feedback/{told['id']}/moderation"
    return await client.post(path, json={"action": "publish"}, headers={"If-Match": '"1"'} | ACTOR)


@pytest.fixture
async def old(service: ServiceClient) -> OrganisationRegistered:
    """A trust that will end."""
    trust = a_trust()
    await tell(service, trust)
    return trust


@pytest.mark.parametrize("by", [OrganisationSucceeded, OrganisationRestated, OrganisationChanged])
async def test_the_heir_reads_and_moderates_what_was_said_about_the_body_that_ended(
    service: ServiceClient, client_of: ClientOf, partner: ServiceClient, old: OrganisationRegistered, by: Any
) -> None:
    heir = a_trust()
    await tell(service, heir)
    told = await give_feedback(partner, old.organisation_id)
    successor, before = (client_of(each.organisation_id, *EVERYTHING) for each in (heir, old))
    assert (await ids_listed(successor), await ids_listed(before)) == ([], [told["id"]])
    assert (await publish(successor, told)).status_code == 404
    await succeed(service, old, (heir.organisation_id, None), by=by)
    assert await ids_listed(successor) == [told["id"]]
    seen = (await successor.get(f"/v1/feedback/{told['id']}")).json()
    assert seen["state"] == "received"
    assert (await successor.get(f"/v1/feedback/{told['id']}/original", headers=ACTOR)).status_code == 200
    refused = await publish(before, told)
    assert (refused.status_code, refused.json()["code"]) == (403, "body_succeeded")
    assert (await publish(successor, told)).json()["state"] == "published"
    steps = await steps_told(service, told)
    assert steps["published"] == f"{heir.name}, which took over from the body that it was about"


async def test_what_a_body_sends_with_its_old_key_reads_as_sent_by_its_heir(
    service: ServiceClient, client_of: ClientOf, old: OrganisationRegistered
) -> None:
    heir = a_trust()
    await tell(service, heir)
    await succeed(service, old, (heir.organisation_id, None))
    told = await give_feedback(client_of(old.organisation_id, *EVERYTHING), heir.organisation_id)
    successor = client_of(heir.organisation_id, *EVERYTHING)
    assert (await successor.get(f"/v1/feedback/{told['id']}")).json()["sent_by_body"] is True


async def test_the_key_of_a_body_that_ended_reads_for_90_days_and_changes_nothing(
    service: ServiceClient, client_of: ClientOf, partner: ServiceClient, old: OrganisationRegistered
) -> None:
    told = await give_feedback(partner, old.organisation_id)
    key = client_of(old.organisation_id, *EVERYTHING)
    await succeed(service, old, (new_id(), 1.0), on=today() - timedelta(days=89))
    assert await ids_listed(key) == [told["id"]]
    path, match = f"/v1/feedback/{told['id']}", {"If-Match": '"1"'} | ACTOR
    steps: dict[str, dict[str, Any] | None] = {
        "moderation": {"action": "withhold", "reason": "It harms us."},
        "read": None,
        "themes": {"themes": []},
        "erasure": {"reason": "It harms us."},
    }
    for name, body in steps.items():
        assert (await key.post(f"{path}/{name}", json=body, headers=match)).json()["code"] == "body_succeeded"
    # What a system still sends with its old key is not lost.
    assert await give_feedback(key, old.organisation_id)
    await succeed(service, old, (new_id(), 1.0), on=today() - timedelta(days=90), sequence=3)
    assert await ids_listed(key) == []
    assert (await key.get(path)).status_code == 404
    # It still is who sends: otherwise its own words would seem to be others'.
    sent = await give_feedback(key, old.organisation_id)
    reader = client_of(new_id(), "operator", *EVERYTHING)
    assert (await reader.get(f"/v1/feedback/{sent['id']}")).json()["sent_by_body"] is True


async def test_the_heir_keeps_the_sources_of_the_body_that_ended(
    service: ServiceClient, client_of: ClientOf, old: OrganisationRegistered
) -> None:
    heir = a_trust()
    await tell(service, heir)
    successor, before = (client_of(each.organisation_id, *EVERYTHING) for each in (heir, old))
    new = {"name": "Survey system", "scheme": "standard-webhooks"}
    source = (await before.post("/v1/sources", json=new, headers=ACTOR)).json()
    path, match = f"/v1/sources/{source['id']}", {"If-Match": '"1"'} | ACTOR
    assert (await successor.get(path)).status_code == 404
    await succeed(service, old, (heir.organisation_id, None))
    assert [each["id"] for each in (await successor.get("/v1/sources")).json()["items"]] == [source["id"]]
    renamed = {"name": "Survey of both"}
    assert (await before.get(path)).status_code == 200
    for refused in (
        await before.patch(path, json=renamed, headers=match),
        await before.post("/v1/sources", json=new, headers=ACTOR),
        await before.post(f"{path}/replay", json={"all": True}, headers=ACTOR),
        await before.post("/v1/reply-codes", json={"source_id": source["id"], "count": 1}, headers=ACTOR),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "body_succeeded")
    assert (await successor.patch(path, json=renamed, headers=match)).json()["name"] == "Survey of both"


async def test_of_two_heirs_the_one_with_the_largest_share_acts(
    service: ServiceClient, client_of: ClientOf, partner: ServiceClient, old: OrganisationRegistered
) -> None:
    large, small = a_trust(), a_trust()
    await tell(service, large, small)
    told = await give_feedback(partner, old.organisation_id)
    await succeed(service, old, (small.organisation_id, 0.3), (large.organisation_id, 0.7))
    assert await ids_listed(client_of(large.organisation_id, *EVERYTHING)) == [told["id"]]
    assert await ids_listed(client_of(small.organisation_id, *EVERYTHING)) == []


async def test_the_board_of_its_last_place_reads_what_was_said_about_a_body_without_an_heir(
    service: ServiceClient, client_of: ClientOf, partner: ServiceClient
) -> None:
    board, heir, elsewhere = a_footprint(), a_footprint(), a_footprint()
    closed = a_trust(footprint_id=board.footprint_id)
    await tell(service, board, heir, elsewhere, closed)
    place = str(elsewhere.footprint_id)
    told, other = [await give_feedback(partner, closed.organisation_id, footprint=place) for _ in range(2)]
    both = [other["id"], told["id"]]
    first, second = (client_of(each.footprint_id, *EVERYTHING) for each in (board, heir))
    ended = OrganisationChanged.model_validate(closed.model_dump() | {"valid_to": YESTERDAY})
    await tell(service, ended, sequence=2)
    await refresh(service)
    assert await ids_listed(first) == []
    long_ago = {"valid_to": today() - timedelta(days=29)}
    await tell(service, OrganisationChanged.model_validate(closed.model_dump() | long_ago), sequence=3)
    await refresh(service)
    assert await ids_listed(first) == both
    shares = [{"id": heir.footprint_id, "share": 1.0}]
    merged = {"valid_to": YESTERDAY, "succeeded_on": today(), "successors": shares}
    await tell(service, FootprintSucceeded.model_validate(board.model_dump() | merged), sequence=2)
    await refresh(service)
    assert await ids_listed(second) == both
    erased = await second.post(
        f"/v1/feedback/{other['id']}/erasure",
        json={"reason": "It names a child."},
        headers={"If-Match": '"1"'} | ACTOR,
    )
    assert erased.json()["erased_by"] == "body"
    # The closing was a mistake.
    await tell(service, OrganisationChanged.model_validate(closed.model_dump()), sequence=4)
    await refresh(service)
    assert await ids_listed(second) == []


async def test_a_declared_merger_that_is_withdrawn_gives_nobody_a_right(
    service: ServiceClient, client_of: ClientOf, partner: ServiceClient, old: OrganisationRegistered
) -> None:
    heir = a_trust()
    await tell(service, heir)
    told = await give_feedback(partner, old.organisation_id)
    shares = [{"id": heir.organisation_id, "share": 1.0}]
    declared = {"valid_to": YESTERDAY, "successors": shares}
    await tell(service, OrganisationChanged.model_validate(old.model_dump() | declared), sequence=2)
    await refresh(service)
    assert await ids_listed(client_of(heir.organisation_id, *EVERYTHING)) == []
    await tell(service, OrganisationChanged.model_validate(old.model_dump()), sequence=3)
    await refresh(service)
    assert (await publish(client_of(old.organisation_id, *EVERYTHING), told)).status_code == 200


async def test_an_heir_does_not_moderate_what_the_body_before_it_sent_about_others(
    service: ServiceClient, client_of: ClientOf, old: OrganisationRegistered
) -> None:
    heir, other = a_trust(), a_trust()
    await tell(service, heir, other)
    both = [str(old.organisation_id), str(other.organisation_id)]
    told = await give_feedback(client_of(old.organisation_id), old.organisation_id, organisations=both)
    await succeed(service, old, (heir.organisation_id, 1.0))
    refused = await publish(client_of(heir.organisation_id, *EVERYTHING), told)
    assert (refused.status_code, refused.json()["code"]) == (403, "sender_moderates")


async def test_a_board_does_not_moderate_what_a_body_without_an_heir_sent_about_others(
    service: ServiceClient, client_of: ClientOf
) -> None:
    board, other = a_footprint(), a_trust()
    closed = a_trust(footprint_id=board.footprint_id)
    await tell(service, board, other, closed)
    both = [str(closed.organisation_id), str(other.organisation_id)]
    told = await give_feedback(client_of(closed.organisation_id), closed.organisation_id, organisations=both)
    long_ago = {"valid_to": today() - timedelta(days=29)}
    await tell(service, OrganisationChanged.model_validate(closed.model_dump() | long_ago), sequence=2)
    await refresh(service)
    refused = await publish(client_of(board.footprint_id, *EVERYTHING), told)
    assert (refused.status_code, refused.json()["code"]) == (403, "sender_moderates")


def test_no_key_of_a_body_acts_before_it_is_known_which_bodies_ended() -> None:
    heirs = Heirs()
    with pytest.raises(Unavailable):
        heirs.stand_in(Caller(organisation_id=new_id()))
    assert heirs.stand_in(Caller()) == Caller()


def test_rights_follow_all_heirs_and_end_after_90_days() -> None:
    first, between, last = new_id(), new_id(), new_id()
    heirs = Heirs()
    heirs.keep([Ended(first, between, today() - timedelta(days=90)), Ended(between, last, today())])
    assert heirs.stand_in(Caller(organisation_id=last)).heir_of == {first, between}
    assert heirs.stand_in(Caller(organisation_id=between)) == Caller(organisation_id=between, ended=between)
    assert heirs.stand_in(Caller(organisation_id=first)) == Caller(ended=first)
    assert heirs.stand_in(Caller()) == Caller()


def test_bodies_that_follow_each_other_in_a_circle_give_nobody_a_right() -> None:
    one, two = new_id(), new_id()
    heirs = Heirs()
    heirs.keep([Ended(one, two, today()), Ended(two, one, today())])
    assert heirs.answered_for == {}
