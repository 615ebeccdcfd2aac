"""A body is no other sender of what is said about it because it merged: its old keys take nothing back."""

from datetime import date
from uuid import UUID

import pytest

from services.feedback.models import Feedback
from services.feedback.moderation.retention import ending_by_rule
from services.feedback.sources.models import Source
from shared.clock import now
from tests.feedback.examples import ACTOR, ClientOf, a_trust, give_feedback, tell
from tests.feedback.moderation.test_rights import attempt
from tests.fixtures.clients import ServiceClient


@pytest.fixture
async def merged(service: ServiceClient) -> tuple[UUID, UUID]:
    """A trust that merged, and the trust that it became."""
    heir = a_trust(name="Walrus Trust (invented)")
    ended = {"valid_to": date(2026, 3, 31), "successors": [{"id": heir.organisation_id, "share": 1.0}]}
    trust = a_trust(**ended)
    await tell(service, heir, trust)
    return trust.organisation_id, heir.organisation_id


@pytest.mark.parametrize("sent_by", [0, 1])
async def test_neither_a_merged_body_nor_its_heir_takes_back_what_was_said_about_the_other(
    service: ServiceClient, client_of: ClientOf, merged: tuple[UUID, UUID], sent_by: int
) -> None:
    sender, about = merged[sent_by], merged[1 - sent_by]
    client = client_of(sender, "feedback:read", "feedback:write")
    told = await give_feedback(client, about)
    if sent_by:  # what was said about it before it merged
        async with service.state.sessions.begin() as session:
            feedback = await session.get_one(Feedback, UUID(told["id"]))
            feedback.organisation_ids = [about]
    assert (await attempt(client, told, "withdrawal", **ACTOR)).json()["code"] == "not_yours_to_withdraw"
    assert (await attempt(client, told, "erasure", **ACTOR)).json()["code"] == "scope_missing"
    eraser = client_of(sender, "feedback:erase")
    assert (await attempt(eraser, told, "erasure", **ACTOR)).status_code == 200
    seen = (await service.post("/v1/replies/lookup", json={"reply_code": told["reply_code"]})).json()
    assert seen["message"].startswith("Everything personal about it was erased by the body that it was about")


async def test_a_merged_body_does_not_move_its_words_to_another_to_take_them_back(
    service: ServiceClient, client_of: ClientOf, merged: tuple[UUID, UUID]
) -> None:
    old, heir = merged
    other = a_trust()
    await tell(service, other)
    client = client_of(old, "feedback:read", "feedback:write")
    await give_feedback(client, heir, external_id="r-1", kind="complaint")
    moved = await give_feedback(client, other.organisation_id, external_id="r-1")
    assert moved["organisation_ids"] == [str(other.organisation_id), str(heir)]
    assert moved["kind"] == "complaint"
    assert (await attempt(client, moved, "withdrawal", **ACTOR)).json()["code"] == "not_yours_to_withdraw"


async def test_what_the_old_keys_of_a_body_sent_about_others_too_is_not_moderated_by_its_heir(
    service: ServiceClient, client_of: ClientOf, merged: tuple[UUID, UUID]
) -> None:
    old, heir = merged
    other = a_trust()
    await tell(service, other)
    both = [str(heir), str(other.organisation_id)]
    told = await give_feedback(client_of(old), heir, organisations=both)
    alone = await give_feedback(client_of(old), heir)
    moderator = client_of(heir)
    assert (await attempt(moderator, told, "moderation", **ACTOR)).json()["code"] == "sender_moderates"
    assert (await attempt(moderator, alone, "moderation", **ACTOR)).status_code == 200


async def test_a_source_that_keeps_less_is_a_bodys_own_under_its_old_name(
    service: ServiceClient, client_of: ClientOf, merged: tuple[UUID, UUID]
) -> None:
    old, heir = merged
    told = await give_feedback(client_of(old), heir)
    async with service.state.sessions() as session:
        feedback = await session.get_one(Feedback, UUID(told["id"]))
        source = Source(organisation_id=old, shortened_at=now())
        ending = await ending_by_rule(session, feedback, source, "kept until yesterday")
    assert (ending.ended_by, ending.caller.organisation_id) == ("body", old)


@pytest.mark.parametrize("sent_by", [0, 1])
async def test_neither_a_body_nor_who_operates_it_takes_back_what_it_sent_about_the_other(
    service: ServiceClient, client_of: ClientOf, sent_by: int
) -> None:
    trust = a_trust()
    practice = a_trust(operated_by=(trust.organisation_id,))
    await tell(service, trust, practice)
    both = (trust.organisation_id, practice.organisation_id)
    client = client_of(both[sent_by], "feedback:read", "feedback:write")
    told = await give_feedback(client, both[1 - sent_by])
    assert (await attempt(client, told, "withdrawal", **ACTOR)).json()["code"] == "not_yours_to_withdraw"
