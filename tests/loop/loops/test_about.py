"""A body answers only what was said about it: nobody gets mail from a body that they did not speak about."""

from datetime import date, timedelta

import pytest

from shared.clock import today
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.examples import feedback, footprint, organisation
from tests.loop.scenes import SCOPES, person, refusal


async def test_a_body_does_not_link_what_was_said_about_another(
    service: ServiceClient, publish: Publish
) -> None:
    board = footprint()
    place = board.footprint_id
    mine, other = organisation(footprint_id=place), organisation(footprint_id=place)
    said = [
        feedback(mine.organisation_id, place, state="published"),
        feedback(other.organisation_id, place, state="published", reachable=True),
    ]
    await publish(board, mine, other, *said)
    lead = person(service, mine.organisation_id, "engagement", "lead-1")
    draft = {"title": "Doors", "you_said": "Heavy.", "organisation": str(mine.organisation_id)}
    linked = [str(each.feedback_id) for each in said]
    refused = await lead.post("/v1/loops", json=draft | {"feedback_ids": linked})
    assert refusal(refused) == (422, "feedback_about_others")
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/feedback_ids/1"]
    assert (await lead.post("/v1/loops", json=draft | {"feedback_ids": linked[:1]})).status_code == 201


async def test_who_may_raise_loops_with_anybody_links_only_what_is_about_that_body(
    service: ServiceClient, publish: Publish
) -> None:
    trust, other = organisation(), organisation()
    said = feedback(other.organisation_id, state="published")
    await publish(trust, other, said)
    raiser = person(service, new_id(), "app", "me-1", *SCOPES)
    draft = {"title": "Doors", "you_said": "Heavy.", "feedback_ids": [str(said.feedback_id)]}
    about = {"organisation": str(trust.organisation_id), "raised_by": "group"}
    refused = await raiser.post("/v1/loops", json=draft | about)
    assert refusal(refused) == (422, "feedback_about_others")
    about = {"organisation": str(other.organisation_id), "raised_by": "group"}
    assert (await raiser.post("/v1/loops", json=draft | about)).status_code == 201


@pytest.mark.parametrize("state", ["published", "received"])
async def test_an_heir_answers_what_was_said_about_the_body_that_closed(
    service: ServiceClient, publish: Publish, state: str
) -> None:
    heir, small = organisation(), organisation()
    shares = [{"id": heir.organisation_id, "share": 0.9}, {"id": small.organisation_id, "share": 0.1}]
    closed = organisation(valid_to=date(2026, 3, 31), succeeded_on=date(2026, 4, 1), successors=shares)
    said = feedback(closed.organisation_id, state=state)
    await publish(heir, small, closed, said)
    lead = person(service, heir.organisation_id, "engagement", "lead-1")
    draft = {"title": "Doors", "you_said": "Heavy.", "feedback_ids": [str(said.feedback_id)]}
    made = await lead.post("/v1/loops", json=draft | {"organisation": str(heir.organisation_id)})
    assert made.status_code == 201, made.text
    # Another organisation, be it a lesser heir, links what is not published as little as what is not there.
    lead = person(service, small.organisation_id, "engagement", "lead-2")
    refused = await lead.post("/v1/loops", json=draft | {"organisation": str(small.organisation_id)})
    code = "feedback_about_others" if state == "published" else "not_here_yet"
    assert refused.json()["code"] == code


@pytest.mark.parametrize(("days", "code"), [(28, "not_here_yet"), (29, None)])
async def test_a_board_drafts_from_what_is_not_published_once_no_heir_will_be_named(
    service: ServiceClient, publish: Publish, days: int, code: str | None
) -> None:
    board = footprint()
    closed = organisation(valid_to=today() - timedelta(days=days), footprint_id=board.footprint_id)
    said = feedback(closed.organisation_id, state="received")
    await publish(board, closed, said)
    lead = person(service, board.footprint_id, "engagement", "lead-1")
    draft = {"title": "Doors", "you_said": "Heavy.", "feedback_ids": [str(said.feedback_id)]}
    made = await lead.post("/v1/loops", json=draft | {"organisation": str(board.footprint_id)})
    assert made.json().get("code") == code


async def test_a_sender_drafts_from_what_it_sent_before_it_is_published(
    service: ServiceClient, publish: Publish
) -> None:
    trust, heir = organisation(), organisation()
    shares = [{"id": heir.organisation_id, "share": 1}]
    closed = organisation(valid_to=date(2026, 3, 31), succeeded_on=date(2026, 4, 1), successors=shares)
    said = feedback(trust.organisation_id, sender_id=closed.organisation_id)
    own = feedback(trust.organisation_id, sender_id=heir.organisation_id)
    await publish(trust, heir, closed, said, own)
    draft = {"title": "Doors", "you_said": "Heavy.", "raised_by": "group"}
    draft["organisation"] = str(trust.organisation_id)
    linked = {"feedback_ids": [str(own.feedback_id), str(said.feedback_id)]}
    # The heir of a sender reads what was sent, as it does in feedback.
    sender = person(service, heir.organisation_id, "app", "me-1", *SCOPES)
    made = await sender.post("/v1/loops", json=draft | linked)
    assert made.status_code == 201, made.text
    assert made.json()["feedback_ids"] == linked["feedback_ids"]
    # For anybody else it is as one that does not exist.
    stranger = person(service, new_id(), "app", "me-2", *SCOPES)
    refused = [
        await stranger.post("/v1/loops", json=draft | {"feedback_ids": [each]})
        for each in (linked["feedback_ids"][0], str(new_id()))
    ]
    known, unknown = ({**each.json(), "request_id": None, "instance": None} for each in refused)
    assert known == unknown
    assert known["code"] == "not_here_yet"
