"""Complaints are forwarded by a person, with agreement, to who takes them; and the clock is shown."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from services.feedback.moderation.forwarding import last_day_to_acknowledge
from shared.clock import clock, today
from shared.ids import new_id
from tests.feedback.examples import ACTOR, WORDS, ClientOf, a_footprint, a_trust, give_feedback, tell
from tests.fixtures.clients import ServiceClient

AGREED = {"agreed_on": "2026-03-02", "agreed_how": "by_phone"}


async def forward(
    client: ServiceClient, told: dict[str, Any], to: object, version: int = 1, **fields: Any
) -> httpx2.Response:
    """Forward what was told."""
    return await client.post(
        f"/v1/feedback/{told['id']}/forwarding",
        json={"to": str(to)} | AGREED | fields,
        headers={"If-Match": f'"{version}"', **ACTOR},
    )


async def complain(client: ServiceClient, body: UUID, **fields: Any) -> dict[str, Any]:
    """Give a complaint."""
    return await give_feedback(client, body, kind="complaint", **fields)


@pytest.mark.parametrize(
    ("received", "acknowledged"),
    [
        (date(2026, 3, 2), date(2026, 3, 5)),
        (date(2026, 3, 5), date(2026, 3, 10)),  # a weekend between
        (date(2026, 4, 1), date(2026, 4, 8)),  # Good Friday and Easter Monday
        (date(2026, 12, 24), date(2026, 12, 31)),  # Boxing Day is on a Saturday
        (date(2026, 3, 7), date(2026, 3, 11)),  # it came on a Saturday
    ],
)
def test_three_working_days_after_the_day_of_receipt(received: date, acknowledged: date) -> None:
    assert last_day_to_acknowledge(received) == acknowledged


async def forwarded_on(
    monkeypatch: pytest.MonkeyPatch,
    instant: datetime,
    client: ServiceClient,
    told: dict[str, Any],
    to: object,
) -> httpx2.Response:
    """Forward what was told at an instant."""
    with monkeypatch.context() as patched:
        patched.setattr(clock, "source", lambda: instant)
        return await forward(client, told, to)


async def test_a_complaint_is_forwarded_once_and_waits_no_more(
    partner: ServiceClient, trust: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await complain(partner, trust_id)
    path = "/v1/feedback?work=complaints_to_forward"
    assert [each["id"] for each in (await trust.get(path)).json()["items"]] == [told["id"]]
    # Late on a day in summer: in England it is the next one.
    instant = datetime(2027, 7, 1, 23, 30, tzinfo=UTC)
    answer = await forwarded_on(monkeypatch, instant, trust, told, trust_id)
    assert answer.status_code == 200, answer.text
    forwarding = answer.json()["forwarding"]
    assert forwarding == {
        "to_id": str(trust_id),
        "forwarded_at": "2027-07-01T23:30:00Z",
        "forwarded_by_id": str(trust_id),
        **AGREED,
        "acknowledge_by": "2027-07-07",
    }
    assert (answer.json()["version"], answer.json()["read_at"]) == (2, "2027-07-01T23:30:00Z")
    assert (await trust.get(path)).json()["items"] == []
    (listed,) = (await partner.get("/v1/feedback?sent_by=me")).json()["items"]
    assert listed["forwarding"] == forwarding
    again = await forward(trust, told, trust_id, version=2)
    assert (again.status_code, again.json()["code"]) == (409, "already_forwarded")


async def test_the_holder_of_the_code_sees_to_whom_it_went_and_by_when_they_must_hear(
    service: ServiceClient, partner: ServiceClient, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = a_trust(name="Walrus Trust (invented)")
    await tell(service, body)
    told = await complain(partner, body.organisation_id)
    instant, trust = datetime(2027, 7, 1, 12, 0, tzinfo=UTC), client_of(body.organisation_id)
    await forwarded_on(monkeypatch, instant, trust, told, f"ods:{body.ods}")
    seen = (await service.post("/v1/replies/lookup", json={"reply_code": told["reply_code"]})).json()
    step = next(each for each in seen["steps"] if each["what"] == "forwarded")
    by = "Walrus Trust (invented), which it was about"
    assert (step["to"], step["by"]) == ("Walrus Trust (invented)", by)
    assert (step["at"], step["acknowledge_by"]) == ("2027-07-01T12:00:00Z", "2027-07-06")
    assert seen["message"] == (
        "A person forwarded it to Walrus Trust (invented) as a formal complaint. You must get an "
        "acknowledgement by 6 July 2027."
    )
    assert WORDS not in str(seen)


async def test_a_complaint_goes_to_a_body_that_it_is_about_or_to_its_board(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    board, other = a_footprint(), a_trust()
    await tell(service, board, other)
    told = await complain(partner, trust_id, footprint=str(board.footprint_id))
    elsewhere = await forward(trust, told, other.organisation_id)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "not_who_takes_it")
    assert elsewhere.json()["errors"][0]["pointer"] == "/to"
    unknown = await forward(trust, told, "ods:ZZZ9")
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/to")
    assert (await forward(trust, told, board.footprint_id)).status_code == 200


async def test_only_complaints_are_forwarded_and_only_by_whom_they_are_about(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, trust_id: UUID, client_of: ClientOf
) -> None:
    comment, told = await give_feedback(partner, trust_id), await complain(partner, trust_id)
    assert (await forward(trust, comment, trust_id)).json()["code"] == "no_complaint"
    stranger = client_of(new_id())
    refused = [await forward(each, told, trust_id) for each in (partner, stranger)]
    assert [each.json()["code"] for each in refused] == ["not_concerned", "not_found"]
    assert (await forward(trust, told, trust_id, version=7)).json()["code"] == "version_stale"
    await service.post("/v1/replies/withdraw", json={"reply_code": told["reply_code"]})
    assert (await forward(trust, told, trust_id, version=2)).json()["code"] == "already_withdrawn"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"agreed_how": "surely"}, "/agreed_how"),
        ({"agreed_on": "the day before"}, "/agreed_on"),
        ({"agreed_on": str(today() + timedelta(days=2))}, "/agreed_on"),
    ],
)
async def test_without_recorded_agreement_nothing_is_forwarded(
    trust: ServiceClient, trust_id: UUID, partner: ServiceClient, fields: dict[str, Any], pointer: str
) -> None:
    answer = await forward(trust, await complain(partner, trust_id), trust_id, **fields)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_other_words_of_a_forwarded_complaint_wait_to_be_forwarded(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    told = await complain(partner, trust_id, external_id="1")
    assert (await forward(trust, told, trust_id)).status_code == 200
    again = await complain(partner, trust_id, external_id="1", text="It is worse than I said.")
    work = (await trust.get("/v1/feedback", params={"work": "complaints_to_forward"})).json()["items"]
    assert [each["id"] for each in work] == [told["id"]]
    seen = (await service.post("/v1/replies/lookup", json={"reply_code": told["reply_code"]})).json()
    assert "formal complaint to" not in seen["message"]
    assert (await forward(trust, told, trust_id, version=work[0]["version"])).status_code == 200
    assert again["id"] == told["id"]
