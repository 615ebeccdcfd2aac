"""Words that were taken back are gone from what a repeat of a request gives."""

from typing import Any

from services.loop.consumers import REACTIONS
from shared.events import Envelope
from shared.events.feedback import FeedbackErased
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.examples import feedback, organisation
from tests.loop.loops.test_routes import client, draft


async def test_a_repeat_does_not_show_words_that_were_erased(
    service: ServiceClient, publish: Publish
) -> None:
    trust = organisation(footprint_id=new_id())
    said, others = feedback(trust.organisation_id), feedback(trust.organisation_id)
    await publish(trust, said, others)
    body = client(service, trust.organisation_id)

    async def drafted(piece: Any) -> Any:
        body.headers["Idempotency-Key"] = f"k {piece.feedback_id}"
        given = draft(trust.organisation_id, feedback_ids=[str(piece.feedback_id)])
        return await body.post("/v1/loops", json=given)

    made, kept = await drafted(said), await drafted(others)
    assert (made.status_code, made.json()["you_said"]) == (201, "The door is too heavy.")
    gone = FeedbackErased(**said.model_dump() | {"state": "erased", "erased_by": "person"})
    async with service.state.sessions.begin() as session:
        await REACTIONS[FeedbackErased](session, gone, Envelope.wrap(gone, 2))
    again = await drafted(said)
    assert (again.status_code, again.json()["code"]) == (410, "answer_erased")
    assert (await drafted(others)).content == kept.content
