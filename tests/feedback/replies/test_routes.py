"""With a reply code alone: what happened, never the words; and taking it back."""

import json
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

import httpx2
import pytest

from services.feedback.codes import WRONG_PER_MINUTE
from services.feedback.items.intake import IntakeTools
from services.feedback.sources.models import Source
from shared.ids import new_id
from tests.feedback.examples import (
    ACTOR,
    WORDS,
    ClientOf,
    a_trust,
    give_feedback,
    moderate_feedback,
    something_said,
    tell,
    with_actor,
)
from tests.fixtures.clients import ServiceClient

SourceOf = Callable[[UUID], Awaitable[UUID]]


@pytest.fixture
def source_of(service: ServiceClient) -> SourceOf:
    """A function that makes a source of an organisation."""

    async def made(organisation_id: UUID) -> UUID:
        source = Source(
            id=new_id(),
            organisation_id=organisation_id,
            name="Cards",
            state="live",
            scheme="standard-webhooks",
        )
        async with service.state.sessions.begin() as session:
            session.add(source)
        return source.id

    return made


async def look_up(client: ServiceClient, code: str) -> dict[str, Any]:
    """What the holder of a code sees."""
    answer = await client.post("/v1/replies/lookup", json={"reply_code": code})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_a_code_tells_what_happened_so_far(
    service: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    told = await give_feedback(trust, trust_id)
    code = told["reply_code"]
    first = await look_up(service, code.lower().replace("-", " "))
    assert (first["state"], [each["what"] for each in first["steps"]]) == ("received", ["received"])
    assert "No person has read it yet" in first["message"]
    await trust.post(f"/v1/feedback/{told['id']}/read", headers={"If-Match": '"1"', **ACTOR})
    read = await look_up(service, code)
    assert (read["state"], "has read it" in read["message"]) == ("received", True)
    await moderate_feedback(trust, told | {"version": 2})
    published = await look_up(service, code)
    assert [each["what"] for each in published["steps"]] == ["received", "read", "published"]
    assert WORDS not in str([first, read, published])


async def test_withholding_is_told_without_the_moderators_words(
    service: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    told = await give_feedback(trust, trust_id)
    await moderate_feedback(trust, told, "withhold", reason="It names a neighbour.")
    answer = await look_up(service, told["reply_code"])
    assert answer["steps"][-1]["what"] == "withheld"
    assert "neighbour" not in str(answer)


@pytest.mark.parametrize(("erase", "state"), [(False, "withdrawn"), (True, "erased")])
async def test_what_was_said_can_be_taken_back_with_the_code(
    service: ServiceClient, trust: ServiceClient, trust_id: UUID, erase: bool, state: str
) -> None:
    told = await give_feedback(trust, trust_id)
    wish = {"reply_code": told["reply_code"], "erase": erase}
    first, again = [await service.post("/v1/replies/withdraw", json=wish) for _ in range(2)]
    assert (first.status_code, first.json()["state"], again.json()) == (200, state, first.json())
    shown = (await trust.get(f"/v1/feedback/{told['id']}")).json() if not erase else {"state": "erased"}
    assert shown["state"] == state


@pytest.mark.parametrize("path", ["lookup", "withdraw"])
async def test_a_code_that_is_not_known_is_a_404_and_a_misspelt_one_is_named(
    service: ServiceClient, path: str
) -> None:
    desk = service.part(IntakeTools)
    unknown, misspelt = [
        await service.post(f"/v1/replies/{path}", json={"reply_code": code})
        for code in (desk.codes.code_of(new_id()), "AAAA-AAAA-AAAB")
    ]
    assert (unknown.status_code, unknown.json()["code"]) == (404, "reply_code_unknown")
    assert (misspelt.status_code, misspelt.json()["errors"][0]["pointer"]) == (422, "/reply_code")


async def test_a_code_issued_beforehand_is_bound_once(
    service: ServiceClient, trust_id: UUID, client_of: ClientOf, source_of: SourceOf
) -> None:
    manager = with_actor(client_of(trust_id, "sources:manage", "feedback:write", "feedback:read"))
    wanted = {"source_id": str(await source_of(trust_id)), "count": 3}
    issued = await manager.post("/v1/reply-codes", json=wanted)
    codes = issued.json()["reply_codes"]
    assert (issued.status_code, len(set(codes))) == (201, 3)
    unused = await look_up(service, codes[0])
    assert (unused["state"], unused["steps"]) == ("unused", [])
    for path in ("withdraw", "unsubscribe"):
        early = await service.post(f"/v1/replies/{path}", json={"reply_code": codes[0]})
        assert (early.status_code, early.json()["code"]) == (409, "reply_code_not_used")
    told = await give_feedback(manager, trust_id, reply_code=codes[0].lower())
    assert told["reply_code"] == codes[0]
    assert (await look_up(service, codes[0]))["state"] == "received"
    again = await manager.post("/v1/feedback", json=something_said(trust_id, reply_code=codes[0]))
    assert (again.status_code, again.json()["code"]) == (409, "reply_code_used")


async def test_a_code_that_was_not_issued_is_not_bound(
    service: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    code = service.part(IntakeTools).codes.code_of(new_id())
    answer = await trust.post("/v1/feedback", json=something_said(trust_id, reply_code=code))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/reply_code")


async def test_a_code_of_one_organisation_is_not_bound_to_what_another_sends(
    service: ServiceClient, client_of: ClientOf, source_of: SourceOf, partner: ServiceClient
) -> None:
    heir = a_trust()
    before = a_trust(valid_to=date(2026, 3, 31), successors=[{"id": heir.organisation_id, "share": 1.0}])
    await tell(service, heir, before)
    body = heir.organisation_id
    manager = with_actor(client_of(body, "sources:manage", "feedback:write", "feedback:read"))
    wanted = {"source_id": str(await source_of(body)), "count": 2}
    codes = (await manager.post("/v1/reply-codes", json=wanted)).json()["reply_codes"]
    # Its issuer knows it: with the people of another it would give itself verdicts that count as witnessed.
    answer = await partner.post("/v1/feedback", json=something_said(body, reply_code=codes[0]))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/reply_code")
    [told] = (await send_batch(partner, something_said(body, reply_code=codes[0]))).json()["results"]
    assert told["error"] == "invalid"
    for sender, code in zip((manager, client_of(before.organisation_id)), codes, strict=True):
        assert (await give_feedback(sender, body, reply_code=code))["reply_code"] == code


async def test_codes_are_issued_for_ones_own_source_alone(
    service: ServiceClient, trust_id: UUID, client_of: ClientOf, source_of: SourceOf
) -> None:
    wanted = {"source_id": str(await source_of(trust_id)), "count": 1}
    foreign = await with_actor(client_of(new_id(), "sources:manage")).post("/v1/reply-codes", json=wanted)
    reader = await client_of(trust_id, "feedback:read").post("/v1/reply-codes", json=wanted)
    nobody = await service.post("/v1/reply-codes", json=wanted)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "source_unknown")
    assert (reader.status_code, reader.json()["code"]) == (403, "scope_missing")
    assert nobody.status_code == 401


@pytest.mark.parametrize("count", [0, 1001])
async def test_codes_are_issued_in_bounds(trust_id: UUID, client_of: ClientOf, count: int) -> None:
    wanted = {"source_id": str(new_id()), "count": count}
    answer = await with_actor(client_of(trust_id, "sources:manage")).post("/v1/reply-codes", json=wanted)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/count")


async def send_batch(client: ServiceClient, *lines: object) -> httpx2.Response:
    """Send feedback, a piece a line."""
    content = "\n".join(json.dumps(line) for line in lines)
    headers = {"Content-Type": "application/x-ndjson"}
    return await client.post("/v1/feedback/batch", content=content, headers=headers)


async def test_codes_cannot_be_tried_by_batch(
    service: ServiceClient, client_of: ClientOf, source_of: SourceOf, trust_id: UUID
) -> None:
    partner, other = [with_actor(client_of(trust_id, "feedback:write", "sources:manage")) for _ in range(2)]
    wanted = {"source_id": str(await source_of(trust_id)), "count": 1}
    [right] = (await other.post("/v1/reply-codes", json=wanted)).json()["reply_codes"]
    codes = [service.part(IntakeTools).codes.code_of(new_id()) for _ in range(WRONG_PER_MINUTE + 2)]
    lines = [something_said(trust_id, reply_code=code) for code in [*codes, right]]
    told = (await send_batch(partner, *lines, something_said(trust_id))).json()["results"]
    assert [each["error"] for each in told] == ["invalid"] * WRONG_PER_MINUTE + ["too_many"] * 3 + [None]
    # The right code was not used, and nothing of a further batch is stored.
    for answer in (await send_batch(partner, lines[-1]), await partner.post("/v1/feedback", json=lines[-1])):
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many")
        assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert (await send_batch(partner, something_said(trust_id))).json()["accepted"] == 1
    assert (await send_batch(other, lines[-1])).json()["accepted"] == 1


async def test_who_puts_other_words_in_the_place_of_a_persons_is_named(
    service: ServiceClient, client_of: ClientOf, partner: ServiceClient
) -> None:
    walrus = a_trust(name="Walrus Trust (invented)")
    await tell(service, walrus)
    body = client_of(walrus.organisation_id)
    for sender, by in (
        (body, "Walrus Trust (invented), which it was about"),
        (partner, "the organisation that sent it"),
    ):
        told = await give_feedback(sender, walrus.organisation_id, external_id="r-1")
        revised = await give_feedback(sender, walrus.organisation_id, external_id="r-1", text="All was well.")
        await moderate_feedback(body, revised)
        steps = (await look_up(service, told["reply_code"]))["steps"]
        assert [each["what"] for each in steps] == ["received", "revised", "read", "published"]
        assert steps[1]["by"] == by
        public = (await service.get(f"/v1/feedback/{told['id']}")).json()
        assert (public["text"], public["revision"]) == ("All was well.", 2)
