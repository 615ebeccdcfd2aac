"""Nobody is silenced for a reason that has no words."""

from typing import Any
from uuid import UUID

import pytest

from tests.feedback.examples import ACTOR, give_feedback
from tests.fixtures.clients import ServiceClient

STEPS: dict[str, dict[str, Any]] = {"moderation": {"action": "withhold"}, "erasure": {}}
NOTHING = ("......", "x", "b c d e", "aaaaaaa", "aa-aa b-b c-c", "no no no no", "11 12 13", "A mistake.")
REASONS = ("Names a member of staff.", "They asked us to.", "Sent by mistake.")


@pytest.mark.parametrize("name", STEPS)
async def test_a_reason_that_silences_somebody_has_words(
    trust: ServiceClient, partner: ServiceClient, trust_id: UUID, name: str
) -> None:
    who, headers = (trust if name == "moderation" else partner), {"If-Match": '"1"', **ACTOR}
    told = await give_feedback(partner, trust_id)
    path = f"/v1/feedback/{told['id']}/{name}"
    for nothing in NOTHING:
        refused = await who.post(path, json=STEPS[name] | {"reason": nothing}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid"), nothing
        assert [each["pointer"] for each in refused.json()["errors"]] == ["/reason"]
    for reason in REASONS:
        path = f"/v1/feedback/{(await give_feedback(partner, trust_id))['id']}/{name}"
        done = await who.post(path, json=STEPS[name] | {"reason": reason}, headers=headers)
        assert done.status_code == 200, done.text
