"""Who answers what was said about a body that closed without an heir."""

from datetime import timedelta

import pytest

from services.loop.inheritance.domain import hand_on_left_behind, hand_on_loops
from shared.clock import today
from shared.events import Envelope
from shared.events.registry import FootprintSucceeded, OrganisationChanged, OrganisationSucceeded
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.examples import feedback, footprint, organisation
from tests.loop.loops.test_agreements import DRAFT, Place, place_of
from tests.loop.scenes import person, refusal


async def close(place: Place, publish: Publish) -> None:
    """Let the trust of a place close without an heir; the registry goes on saying its last place."""
    ended = {"valid_to": today() - timedelta(days=1)}
    await publish(OrganisationChanged(**place.trust.model_dump() | ended), sequence=2)


async def test_the_board_of_its_place_answers_for_a_body_that_closed_without_an_heir(
    service: ServiceClient, publish: Publish
) -> None:
    place = await place_of(service, publish)
    alone = feedback(place.trust.organisation_id, state="published")
    await publish(alone)
    await close(place, publish)
    assert (await place.draft(place.lead, place.about_trust, alone))["asked"] == []
    assert (await place.send(place.lead, "opening", moderated=True)).json()["state"] == "open"
    elsewhere = footprint()
    await publish(elsewhere)
    other = person(service, elsewhere.footprint_id, "engagement", "other-1")
    about = {"footprint": str(elsewhere.footprint_id), "feedback_ids": [str(alone.feedback_id)]}
    refused = await other.post("/v1/loops", json=DRAFT | about)
    assert refusal(refused) == (422, "feedback_about_others")


async def test_the_board_that_followed_on_the_board_of_its_place_answers(
    service: ServiceClient, publish: Publish
) -> None:
    place = await place_of(service, publish)
    await close(place, publish)
    heir = footprint()
    shares = [{"id": heir.footprint_id, "share": 1.0}]
    ended = {"valid_to": today() - timedelta(days=1), "succeeded_on": today(), "successors": shares}
    await publish(heir)
    await publish(FootprintSucceeded(**place.board.model_dump() | ended), sequence=2)
    said = place.about_trust.model_copy(update={"state": "published"})
    await publish(said, sequence=2)
    lead = person(service, heir.footprint_id, "engagement", "lead-2")
    assert (await place.draft(lead, said))["asked"] == []
    assert (await place.send(lead, "opening", moderated=True)).json()["state"] == "open"


async def test_a_draft_no_longer_waits_for_a_body_that_closes_without_an_heir(
    service: ServiceClient, publish: Publish
) -> None:
    place = await place_of(service, publish)
    path = f"/v1/loops/{(await place.draft())['id']}"
    await hand_on_say(service)
    assert (await place.lead.get(path)).json()["asked"] == [str(place.trust.organisation_id)]
    await close(place, publish)
    await hand_on_say(service)
    assert (await place.lead.get(path)).json()["asked"] == []
    assert (await place.send(place.lead, "opening", moderated=True)).json()["state"] == "open"
    assert (await service.get(f"{path}/verify")).json()["intact"]


@pytest.mark.parametrize("heir", [False, True])
async def test_a_board_that_takes_over_a_say_does_not_silence_what_others_raised(
    service: ServiceClient, publish: Publish, *, heir: bool
) -> None:
    place = await place_of(service, publish)
    raiser = person(service, organisation().organisation_id, "voices", "raiser-1")
    said = place.about_trust.model_copy(update={"state": "published"})
    await publish(said, sequence=2)
    path = f"/v1/loops/{(await place.draft(raiser, said, raised_by='independent'))['id']}"
    if heir:
        shares = [{"id": place.board.footprint_id, "share": 1.0}]
        ended = {"valid_to": today() - timedelta(days=1), "succeeded_on": today(), "successors": shares}
        closed = OrganisationSucceeded(**place.trust.model_dump() | ended)
        async with service.state.sessions.begin() as session:
            await hand_on_loops(session, closed, Envelope.wrap(closed, 2))
    else:
        await close(place, publish)
        await hand_on_say(service)
    assert refusal(await place.send(place.lead, "agreement", agreed=False)) == (403, "not_responsible")
    steps = (await place.lead.get(f"{path}/next")).json()["steps"]
    assert "agreement" not in [each["step"] for each in steps if each["yours"]]
    seen = (await raiser.get(path)).json()
    assert (seen["asked"], seen["feedback_ids"]) == ([], [str(said.feedback_id)])


async def hand_on_say(service: ServiceClient) -> None:
    """Do what a timer does for drafts that wait for a body."""
    async with service.state.sessions.begin() as session:
        assert await hand_on_left_behind(session) == 0


async def test_a_body_still_says_no_on_its_last_day(service: ServiceClient, publish: Publish) -> None:
    place = await place_of(service, publish)
    ending = OrganisationChanged(**place.trust.model_dump() | {"valid_to": today()})
    await publish(ending, sequence=2)
    assert (await place.draft())["asked"] == [str(place.trust.organisation_id)]
    await hand_on_say(service)
    assert (await place.send(place.asked, "agreement", agreed=False)).status_code == 200
