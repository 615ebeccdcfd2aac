"""A complaint stays one, whatever a body that it is about sends under the same external id."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.feedback.items.domain import give_with_locks
from services.feedback.items.intake import IntakeTools, Origin
from services.feedback.items.schemas import NewFeedback
from services.feedback.models import Feedback
from shared.ids import new_id
from tests.feedback.examples import (
    ACTOR,
    ClientOf,
    a_trust,
    give_feedback,
    moderate_feedback,
    something_said,
    tell,
)
from tests.fixtures.clients import ServiceClient


async def test_a_complaint_stays_one_where_its_sender_is_a_body_that_it_is_about(
    trust: ServiceClient, partner: ServiceClient, trust_id: UUID
) -> None:
    for sender, kind in ((trust, "complaint"), (partner, "comment")):
        first = await give_feedback(sender, trust_id, external_id="c1", kind="complaint")
        again = await give_feedback(sender, trust_id, external_id="c1", kind="comment", text="It got better.")
        assert (again["outcome"], again["kind"]) == ("revision", kind)
        assert (again["complaint_notice"] is not None) is (kind == "complaint")
        path = f"/v1/feedback/{first['id']}/moderation"
        edit = ACTOR | {"If-Match": f'"{again["version"]}"'}
        published = await trust.post(path, json={"action": "publish"}, headers=edit)
        assert published.status_code == (422 if kind == "complaint" else 200), published.text


async def test_a_sender_makes_no_comment_about_itself_of_a_complaint_about_another(
    service: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    other = a_trust()
    await tell(service, other)
    await give_feedback(trust, other.organisation_id, external_id="c2", kind="complaint")
    again = await give_feedback(trust, trust_id, external_id="c2", kind="comment", text="It got better.")
    assert (again["outcome"], again["kind"]) == ("revision", "complaint")


@pytest.mark.parametrize("by_body", [True, False])
async def test_words_published_after_a_complaint_that_came_late_are_a_complaint_if_its_body_sent_both(
    service: ServiceClient, client_of: ClientOf, trust_id: UUID, *, by_body: bool
) -> None:
    sender, trust = client_of(trust_id if by_body else new_id()), client_of(trust_id)
    told = await give_feedback(sender, trust_id, external_id="1")
    await moderate_feedback(trust, told)
    tools = service.part(IntakeTools)
    async with service.state.sessions.begin() as session:
        feedback = await session.get_one(Feedback, UUID(told["id"]))
        received_at = feedback.received_at - timedelta(hours=1)
        origin = Origin(feedback.client_id, feedback.sender_id, None, received_at)
        said = something_said(trust_id, external_id="1", kind="complaint", text="It was bad.")
        given = await give_with_locks(session, NewFeedback.model_validate(said), origin=origin, tools=tools)
    assert given.outcome == "earlier"
    seen = (await trust.get(f"/v1/feedback/{told['id']}")).json()
    assert (seen["kind"], seen["state"]) == (
        ("complaint", "received") if by_body else ("comment", "published")
    )
    assert (await service.get(f"/v1/feedback/{told['id']}")).status_code == (404 if by_body else 200)
    [revision] = (await trust.get(f"/v1/feedback/{told['id']}/revisions")).json()["items"]
    assert revision["content"]["kind"] == "complaint"
