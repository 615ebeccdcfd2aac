"""Who resumes a halted draft that several bodies see."""

from shared.events.feedback import FeedbackReceived, FeedbackRevised
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish, SetTime
from tests.loop.examples import organisation
from tests.loop.loops.test_agreements import Place, become, place_of
from tests.loop.loops.test_halting import RESUMED
from tests.loop.scenes import person, refusal
from tests.loop.tellings.voices import let_pass


async def test_only_the_raiser_resumes_a_halted_draft_and_not_a_body_that_was_asked(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    place = await place_of(service, publish)
    raiser = person(service, organisation().organisation_id, "voices", "raiser-1")
    await publish(*(each.model_copy(update={"state": "published"}) for each in said_of(place)), sequence=2)
    path = f"/v1/loops/{(await place.draft(raiser, raised_by='independent'))['id']}"
    await become(place, place.about_place, FeedbackRevised, kind="complaint", state="published")
    let_pass(set_time, 16)
    place.loop = (await raiser.get(path)).json()
    judge = person(
        service, place.trust.organisation_id, "q", "judge-1", "loop:read", "loop:write", "loop:verify"
    )
    steps = (await judge.get(f"{path}/next")).json()["steps"]
    assert [each["step"] for each in steps if each["yours"]] == []
    assert refusal(await place.send(judge, "resumption-by-others", **RESUMED)) == (403, "not_responsible")
    assert (await place.send(raiser, "resumption-by-others", **RESUMED)).status_code == 200


def said_of(place: Place) -> tuple[FeedbackReceived, FeedbackReceived]:
    """What people said in the place."""
    return place.about_trust, place.about_place
