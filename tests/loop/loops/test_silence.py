"""A body that never answers whether another may answer for it closes a draft to nobody."""

import asyncio
from datetime import date, timedelta

from shared.events.feedback import FeedbackRevised
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish, SetTime
from tests.loop.loops.test_agreements import Place, become, place_of
from tests.loop.scenes import refusal
from tests.loop.timers.test_domain import MONDAY, open_all

OVER = MONDAY + timedelta(days=8)


async def drafted(service: ServiceClient, publish: Publish, set_time: SetTime) -> Place:
    """A board's draft of a Monday, about the place and about a trust in it."""
    set_time(MONDAY)
    place = await place_of(service, publish)
    await place.draft()
    return place


async def test_silence_takes_out_what_is_about_a_body_and_the_rest_opens(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    place = await drafted(service, publish, set_time)
    path = f"/v1/loops/{place.loop['id']}"
    steps = (await place.asked.get(f"{path}/next")).json()["steps"]
    assert [each["due_on"] for each in steps if each["yours"]] == [str(date(2026, 6, 8))]
    set_time(MONDAY + timedelta(days=7))
    await open_all(service)
    assert (await place.lead.get(path)).json()["asked"] == [str(place.trust.organisation_id)]
    set_time(OVER)
    await asyncio.gather(*(open_all(service) for _ in range(3)))
    seen = (await place.lead.get(path)).json()
    assert (seen["state"], seen["asked"]) == ("open", [])
    assert seen["feedback_ids"] == [str(place.about_place.feedback_id)]
    entries = (await service.get(f"{path}/timeline")).json()["items"]
    assert [each["step"] for each in entries] == ["draft", "agreement_by_rule", "opening_by_rule"]
    assert entries[1]["by"]["role"] == "rule"
    assert entries[1]["facts"]["organisation"] == str(place.trust.organisation_id)
    assert entries[1]["facts"]["agreed"] is False
    assert (await service.get(f"{path}/verify")).json()["intact"]


async def test_a_body_that_agreed_in_time_is_not_silent(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    place = await drafted(service, publish, set_time)
    await place.send(place.asked, "agreement", agreed=True)
    set_time(OVER)
    await open_all(service)
    seen = (await place.lead.get(f"/v1/loops/{place.loop['id']}")).json()
    assert (seen["state"], len(seen["feedback_ids"])) == ("open", 2)


async def test_a_draft_about_silent_bodies_alone_stays_a_draft_without_feedback(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    set_time(MONDAY)
    place = await place_of(service, publish)
    path = f"/v1/loops/{(await place.draft(place.lead, place.about_trust))['id']}"
    set_time(OVER)
    await open_all(service)
    place.loop = seen = (await place.lead.get(path)).json()
    assert (seen["state"], seen["feedback_ids"], seen["asked"]) == ("draft", [], [])
    assert (await place.asked.get(path)).status_code == 404
    assert refusal(await place.send(place.lead, "opening", moderated=True)) == (422, "feedback_required")
    await open_all(service)
    assert (await place.lead.get(path)).json()["length"] == seen["length"]


async def test_nobody_is_silent_while_a_draft_is_halted(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    place = await drafted(service, publish, set_time)
    await become(place, place.about_trust, FeedbackRevised, kind="complaint")
    set_time(OVER)
    await open_all(service)
    seen = (await place.lead.get(f"/v1/loops/{place.loop['id']}")).json()
    assert (seen["state"], len(seen["feedback_ids"])) == ("draft", 2)
    assert seen["halted_at"]
