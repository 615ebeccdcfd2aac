"""A board answers what was said about a body in its place only if that body agrees."""

from datetime import date
from typing import Any
from uuid import UUID

from services.loop.consumers import COPIES, REACTIONS
from services.loop.inheritance.domain import hand_on_loops
from shared.consumers import Heard
from shared.events import Envelope
from shared.events.feedback import (
    FeedbackErased,
    FeedbackReceived,
    FeedbackRevised,
    FeedbackState,
    FeedbackWithdrawn,
)
from shared.events.registry import FootprintRegistered, OrganisationRegistered, OrganisationSucceeded
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.examples import feedback, footprint, organisation
from tests.loop.scenes import person, refusal

DRAFT = {"title": "Doors", "you_said": "The doors are heavy.", "raised_by": "body"}


class Place:
    """A board with a trust in it, and a loop that the board drafted from what people said."""

    def __init__(self, service: ServiceClient) -> None:
        self.service = service
        self.board: FootprintRegistered = footprint()
        self.trust: OrganisationRegistered = organisation(footprint_id=self.board.footprint_id)
        self.about_trust = self.said(self.trust.organisation_id)
        self.about_place = self.said()
        self.lead = person(service, self.board.footprint_id, "engagement", "lead-1")
        self.asked = person(service, self.trust.organisation_id, "patients", "trust-1")
        self.loop: dict[str, Any] = {}

    def said(self, *organisations: UUID, **facts: Any) -> FeedbackReceived:
        """What somebody said about these bodies, who lives in the board's place."""
        place = self.board.footprint_id
        return feedback(*organisations, place, footprint_id=place, **facts)

    async def draft(
        self, client: ServiceClient | None = None, *said: FeedbackReceived, **fields: str
    ) -> dict[str, Any]:
        """Draft a loop of the board; from what was said about the trust and about the place, unless given."""
        linked = [str(each.feedback_id) for each in said or (self.about_trust, self.about_place)]
        about = {"footprint": str(self.board.footprint_id), "feedback_ids": linked}
        made = await (client or self.lead).post("/v1/loops", json=DRAFT | about | fields)
        assert made.status_code == 201, made.text
        self.loop = made.json()
        return self.loop

    async def send(self, client: ServiceClient, step: str, **body: Any) -> Any:
        """Take a step on the loop as it was last read."""
        match = {"If-Match": f'"{self.loop["version"]}"'}
        answer = await client.post(f"/v1/loops/{self.loop['id']}/{step}", json=body, headers=match)
        if answer.is_success:
            self.loop = answer.json()
        return answer


async def take_back(place: Place, said: FeedbackReceived) -> None:
    """Let the loop hear that a person took back what they said."""
    await become(place, said, FeedbackWithdrawn, state="withdrawn", withdrawn_by="person")


async def become(place: Place, said: FeedbackReceived, event: type[FeedbackState], **facts: Any) -> None:
    """Let the loop hear that a piece of feedback is something else now."""
    heard = event(**said.model_dump() | facts)
    async with place.service.state.sessions.begin() as session:
        envelope = Envelope.wrap(heard, 9)
        await COPIES[event](session, [Heard(heard, envelope)])
        await REACTIONS[event](session, heard, envelope)


async def place_of(service: ServiceClient, publish: Publish) -> Place:
    """A board with a trust in it, as the loop has heard of them."""
    place = Place(service)
    await publish(place.board, place.trust, place.about_trust, place.about_place)
    return place


async def test_a_board_waits_for_the_say_of_the_body_that_people_spoke_about(
    service: ServiceClient, publish: Publish
) -> None:
    place = await place_of(service, publish)
    trust = str(place.trust.organisation_id)
    assert (await place.draft())["asked"] == [trust]
    refused = await place.send(place.lead, "opening", moderated=True)
    assert refusal(refused) == (422, "agreement_required")
    assert trust in refused.json()["errors"][0]["detail"]
    preview = (await place.lead.get(f"/v1/loops/{place.loop['id']}/tellings/preview")).json()["preview_id"]
    refused = await place.send(place.lead, "acknowledgement", preview_id=preview, moderated=True)
    assert refusal(refused) == (422, "agreement_required")
    assert (await place.send(place.asked, "agreement", agreed=True)).status_code == 200
    assert (place.loop["asked"], place.loop["agreed"]) == ([], [trust])
    opened = await place.send(place.lead, "opening", moderated=True)
    assert opened.json()["state"] == "open"
    checked = (await service.get(f"/v1/loops/{place.loop['id']}/verify")).json()
    assert checked["intact"], checked


async def test_the_body_asked_sees_the_draft_and_its_own_feedback_alone(
    service: ServiceClient, publish: Publish
) -> None:
    place = await place_of(service, publish)
    draft = await place.draft()
    path = f"/v1/loops/{draft['id']}"
    seen = (await place.asked.get(path)).json()
    assert (seen["title"], seen["feedback_ids"]) == (DRAFT["title"], [str(place.about_trust.feedback_id)])
    listed = (await place.asked.get("/v1/loops?state=draft")).json()["items"]
    assert [each["id"] for each in listed] == [draft["id"]]
    steps = (await place.asked.get(f"{path}/next")).json()["steps"]
    assert [each["step"] for each in steps if each["yours"]] == ["agreement"]
    stranger = person(service, organisation().organisation_id, "any", "any-1")
    assert (await stranger.get(path)).status_code == 404
    assert (await place.send(stranger, "agreement", agreed=True)).status_code == 404
    reader = person(service, place.trust.organisation_id, "app", "app-1", "feedback:read")
    assert (await reader.get(path)).status_code == 404


async def test_nobody_agrees_in_the_place_of_the_body_asked(service: ServiceClient, publish: Publish) -> None:
    place = await place_of(service, publish)
    await place.draft()
    assert refusal(await place.send(place.lead, "agreement", agreed=True)) == (403, "not_responsible")
    refused = await place.send(place.asked, "opening", moderated=True)
    assert refusal(refused) == (403, "not_responsible")


async def test_without_agreement_what_is_about_a_body_leaves_the_draft(
    service: ServiceClient, publish: Publish
) -> None:
    place = await place_of(service, publish)
    draft = await place.draft()
    answered = (await place.send(place.asked, "agreement", agreed=False)).json()
    assert (answered["title"], answered["feedback_ids"]) == (None, [])
    path = f"/v1/loops/{draft['id']}"
    place.loop = (await place.lead.get(path)).json()
    assert place.loop["feedback_ids"] == [str(place.about_place.feedback_id)]
    assert (await place.asked.get(path)).status_code == 404
    assert (await place.send(place.lead, "opening", moderated=True)).json()["state"] == "open"
    assert (await service.get(f"{path}/verify")).json()["intact"]


async def test_a_body_changes_its_answer_until_the_loop_opens(
    service: ServiceClient, publish: Publish
) -> None:
    place = await place_of(service, publish)
    await place.draft()
    await place.send(place.asked, "agreement", agreed=True)
    await place.send(place.asked, "agreement", agreed=False)
    left = (await place.lead.get(f"/v1/loops/{place.loop['id']}")).json()
    assert left["feedback_ids"] == [str(place.about_place.feedback_id)]


async def test_who_raises_a_loop_about_itself_agrees_by_that(
    service: ServiceClient, publish: Publish
) -> None:
    place = await place_of(service, publish)
    draft = await place.draft(place.asked, place.about_trust, raised_by="independent")
    assert (draft["asked"], draft["agreed"]) == ([], [str(place.trust.organisation_id)])


async def test_a_board_that_people_named_needs_nobody(service: ServiceClient, publish: Publish) -> None:
    place = await place_of(service, publish)
    board = place.board.footprint_id
    both = feedback(board, place.trust.organisation_id, footprint_id=board)
    await publish(both)
    assert (await place.draft(place.lead, both, place.about_place))["asked"] == []


async def test_what_is_about_a_body_elsewhere_stays_refused(service: ServiceClient, publish: Publish) -> None:
    place, elsewhere = await place_of(service, publish), footprint()
    far = organisation(footprint_id=elsewhere.footprint_id)
    said = feedback(far.organisation_id, elsewhere.footprint_id, footprint_id=elsewhere.footprint_id)
    await publish(elsewhere, far, said.model_copy(update={"state": "published"}))
    about = {"footprint": str(place.board.footprint_id), "feedback_ids": [str(said.feedback_id)]}
    refused = await place.lead.post("/v1/loops", json=DRAFT | about)
    assert refusal(refused) == (422, "feedback_about_others")


async def test_a_draft_asks_the_heir_of_a_body_that_closes(service: ServiceClient, publish: Publish) -> None:
    place = await place_of(service, publish)
    await place.draft()
    heir = organisation(footprint_id=place.board.footprint_id)
    shares = [{"id": heir.organisation_id, "share": 1.0}]
    ended = {"valid_to": date(2026, 3, 31), "succeeded_on": date(2026, 4, 1), "successors": shares}
    closed = OrganisationSucceeded(**place.trust.model_dump() | ended)
    await publish(heir)
    async with service.state.sessions.begin() as session:
        await hand_on_loops(session, closed, Envelope.wrap(closed, 2))
    place.loop = (await place.lead.get(f"/v1/loops/{place.loop['id']}")).json()
    assert place.loop["asked"] == [str(heir.organisation_id)]
    lead = person(service, heir.organisation_id, "patients", "heir-1")
    assert (await place.send(lead, "agreement", agreed=True)).json()["asked"] == []


async def test_what_left_a_draft_can_still_be_taken_back(service: ServiceClient, publish: Publish) -> None:
    place = await place_of(service, publish)
    left = await place.draft(place.lead, place.about_trust)
    await place.send(place.asked, "agreement", agreed=False)
    other = await place.draft(place.asked, place.about_trust, raised_by="independent")
    await take_back(place, place.about_trust)
    for loop in (left, other):
        seen = (await place.lead.get(f"/v1/loops/{loop['id']}")).json()
        assert seen["title"].startswith("(taken back")
        assert (await place.lead.get(f"/v1/loops/{loop['id']}/verify")).json()["intact"]


async def test_the_words_go_with_the_only_person_who_is_left(
    service: ServiceClient, publish: Publish
) -> None:
    place = await place_of(service, publish)
    path = f"/v1/loops/{(await place.draft())['id']}"
    await place.send(place.asked, "agreement", agreed=False)
    await take_back(place, place.about_place)
    for page in ("", "/timeline", "/export"):
        assert DRAFT["you_said"] not in (await place.lead.get(path + page)).text
    assert (await place.lead.get(f"{path}/verify")).json()["intact"]


async def opened_without_the_trust(place: Place) -> str:
    """The path of a public loop that somebody has read, which what is about the trust has left."""
    draft = await place.draft()
    await place.send(place.asked, "agreement", agreed=False)
    path = f"/v1/loops/{draft['id']}"
    place.loop = (await place.lead.get(path)).json()
    assert (await place.send(place.lead, "opening", moderated=True)).json()["title"] == DRAFT["title"]
    return path


async def test_words_wait_for_a_look_when_what_left_the_draft_is_taken_back(
    service: ServiceClient, publish: Publish
) -> None:
    place = await place_of(service, publish)
    path = await opened_without_the_trust(place)
    await place.send(place.lead, "acknowledgement", preview_id=(await preview_of(place))["preview_id"])
    await place.send(place.lead, "statement", statement="We thank whoever told us of the door.")
    await take_back(place, place.about_trust)
    place.loop = seen = (await service.get(path)).json()
    assert (seen["title"], seen["you_said"], seen["waits_for"]) == (None, None, "the_body")
    assert seen["statement"].startswith("(hidden")
    for page in ("", "/timeline", "/export"):
        assert DRAFT["you_said"] not in (await service.get(path + page)).text
    length = seen["length"]
    await become(place, place.about_trust, FeedbackErased, state="erased", erased_by="person")
    assert (await service.get(path)).json()["length"] == length  # it knows already
    looked = await place.send(place.lead, "opening", moderated=True, cover=["heavy"])
    assert looked.json()["you_said"] == "The doors are […]."
    assert (await service.get(f"{path}/verify")).json()["intact"]


async def test_words_wait_for_a_look_when_what_left_the_draft_becomes_a_complaint(
    service: ServiceClient, publish: Publish
) -> None:
    place = await place_of(service, publish)
    path = await opened_without_the_trust(place)
    for _ in range(2):
        await become(place, place.about_trust, FeedbackRevised, kind="complaint")
    seen = (await service.get(path)).json()
    assert (seen["title"], seen["waits_for"], seen["halted_at"]) == (None, "the_body", None)
    steps = (await service.get(f"{path}/timeline")).json()["items"]
    assert [each["step"] for each in steps].count("hiding") == 1
    assert (await service.get(f"{path}/verify")).json()["intact"]


async def test_a_draft_that_somebody_has_read_is_read_again(service: ServiceClient, publish: Publish) -> None:
    place = await place_of(service, publish)
    path = f"/v1/loops/{(await place.draft())['id']}"
    await place.send(place.asked, "agreement", agreed=False)
    seen = (await place.lead.get(path)).json()
    await take_back(place, place.about_trust)
    place.loop = (await place.lead.get(path)).json()
    assert place.loop["version"] > seen["version"]
    assert refusal(await place.send(place.lead, "opening")) == (422, "moderation_required")


async def preview_of(place: Place) -> dict[str, Any]:
    """Who would be told that the loop is acknowledged."""
    found: dict[str, Any] = (await place.lead.get(f"/v1/loops/{place.loop['id']}/tellings/preview")).json()
    return found
