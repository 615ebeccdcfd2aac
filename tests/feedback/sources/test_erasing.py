"""One person's erasure takes their answer out of a payload, and no other answer is lost."""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from services.feedback.items.intake import IntakeTools
from services.feedback.models import Feedback
from services.feedback.sources.models import Payload, PayloadFeedback, RawBody
from services.feedback.sources.sealing import SourceSeals
from tests.feedback.sources.conftest import Settle
from tests.feedback.sources.senders import (
    PAYLOAD,
    RULES,
    SAMPLE,
    Sender,
    a_source,
    hmac_headers,
    hmac_source,
    mapping,
)
from tests.fixtures.clients import ServiceClient

SECOND = {**PAYLOAD, "id": "r-2", "comment": "Too cold."}
WAITING = {"id": "r-3", "said": "Nobody came.", "comment": None, "score": "1", "consent": "N"}
ENVELOPE = {"survey": "Ward 6", "responses": [PAYLOAD, SECOND, WAITING]}


async def stored_body(service: ServiceClient, received: str) -> str | None:
    """The bytes of a payload as they are stored, opened; None once they are deleted."""
    async with service.state.sessions() as session:
        raw = await session.get(RawBody, UUID(received))
        payload = await session.get_one(Payload, UUID(received))
    assert (raw is None) == (payload.raw_deleted_at is not None)
    seals = SourceSeals(service.state.settings.seal_key)
    return seals.open_body(UUID(received), raw.sealed).decode() if raw else None


async def erase_answer(service: ServiceClient, sender: Sender, received: str, position: int) -> None:
    """Erase one answer of a payload as the person who gave it."""
    told = (await sender.read(f"received/{received}"))["feedback"]
    [feedback_id] = [UUID(each["feedback_id"]) for each in told if each["position"] == position]
    async with service.state.sessions() as session:
        feedback = await session.get_one(Feedback, feedback_id)
    code = service.part(IntakeTools).codes.code_of(feedback.reply_code_id)
    wish = {"reply_code": code, "erase": True}
    assert (await service.post("/v1/replies/withdraw", json=wish)).status_code == 200


async def replay(sender: Sender, settle_all: Settle) -> None:
    """Map everything again that waits."""
    assert (await sender.owner.post(f"{sender.path}/replay", json={"all": True})).status_code == 202
    await settle_all()


async def places(sender: Sender, received: str) -> tuple[list[int], list[int]]:
    """Which answers became feedback, and which wait."""
    told = await sender.read(f"received/{received}")
    given, waiting = ([each["position"] for each in told[part]] for part in ("feedback", "quarantined"))
    return given, waiting


async def test_an_erasure_leaves_the_answers_of_others_until_they_are_mapped(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by(each="responses || [@]")
    received = (await sender.send(ENVELOPE)).json()["received_id"]
    await settle_all()
    assert await places(sender, received) == ([0, 1], [2])
    await erase_answer(service, sender, received, 0)
    left = await stored_body(service, received) or ""
    assert [each in left for each in ("explained", "Too cold.", "Nobody came.")] == [False, True, True]

    fields = RULES["fields"] | {"text": "comment || said"}
    await sender.map_by(each="responses || [@]", fields=fields)
    await replay(sender, settle_all)
    assert await places(sender, received) == ([0, 1, 2], [])
    assert await stored_body(service, received) is None


async def test_the_id_of_a_message_goes_from_its_row_with_the_first_answer_and_serves_those_that_wait(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    fields = {name: where for name, where in RULES["fields"].items() if name != "external_id"}
    without_id = {name: value for name, value in SAMPLE["expected"].items() if name != "external_id"}
    sample = SAMPLE | {"expected": without_id}
    await sender.map_by(each="responses || [@]", fields=fields, samples=[sample])
    taken = (await sender.send(ENVELOPE, "943 476 5919")).json()
    await settle_all()
    await erase_answer(service, sender, received := taken["received_id"], 0)
    assert (await sender.read(f"received/{received}"))["message_id"] is None
    async with service.state.sessions() as session:
        assert (await session.get_one(Payload, UUID(received))).message_id is None
    repeated = (await sender.send(ENVELOPE, "943 476 5919")).json()
    assert (repeated["received_id"], repeated["outcome"]) == (received, "repeat")

    fields |= {"text": "comment || said"}
    await sender.map_by(each="responses || [@]", fields=fields, samples=[sample])
    await replay(sender, settle_all)
    told = {each["position"]: each for each in (await sender.read(f"received/{received}"))["feedback"]}
    async with service.state.sessions() as session:
        waited = await session.get_one(Feedback, UUID(told[2]["feedback_id"]))
    assert waited.external_id == "943 476 5919#2"


async def test_an_answer_that_comes_again_after_its_erasure_leaves_no_bytes(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by()
    first = (await sender.send()).json()["received_id"]
    await settle_all()
    await erase_answer(service, sender, first, 0)
    alone, beside = [
        (await sender.send(each)).json()["received_id"] for each in (PAYLOAD, [PAYLOAD, WAITING])
    ]
    await settle_all()
    assert await places(sender, alone) == ([0], [])
    assert await stored_body(service, alone) is None
    assert await places(sender, beside) == ([0], [1])
    left = await stored_body(service, beside) or ""
    assert ["explained" in left, "Nobody came." in left] == [False, True]


@pytest.mark.parametrize("is_erased_first", [True, False])
async def test_the_repeat_of_a_payload_that_waits_keeps_nothing_of_who_is_erased(
    service: ServiceClient, owner: ServiceClient, settle_all: Settle, *, is_erased_first: bool
) -> None:
    sender = await a_source(service, owner, **hmac_source(retry_minutes=5))
    body = json.dumps(PAYLOAD).encode()
    posts = [await sender.post(body, **hmac_headers(sender.secret, body)) for _ in range(2)]
    first, repeat = [each.json()["received_id"] for each in posts]
    await settle_all()
    await sender.map_by()
    await sender.owner.post(f"{sender.path}/replay", json={"received_ids": [first]})
    await settle_all()
    if not is_erased_first:
        await sender.owner.post(f"{sender.path}/replay", json={"received_ids": [repeat]})
        await settle_all()
    assert await places(sender, repeat) == (([], [0]) if is_erased_first else ([0], []))
    await erase_answer(service, sender, first, 0)
    assert [await stored_body(service, each) for each in (first, repeat)] == [None, None]
    assert (await sender.read(f"received/{repeat}"))["state"] == "mapped"


async def test_a_repeat_that_waits_loses_only_the_answer_that_is_erased(
    service: ServiceClient, owner: ServiceClient, settle_all: Settle
) -> None:
    sender = await a_source(service, owner, **hmac_source(retry_minutes=5))
    body = json.dumps([PAYLOAD, WAITING]).encode()
    posts = [await sender.post(body, **hmac_headers(sender.secret, body)) for _ in range(2)]
    first, repeat = [each.json()["received_id"] for each in posts]
    await settle_all()
    await sender.map_by()
    await sender.owner.post(f"{sender.path}/replay", json={"received_ids": [first]})
    await settle_all()
    await erase_answer(service, sender, first, 0)
    for each in (first, repeat):
        left = await stored_body(service, each) or ""
        assert ["explained" in left, "Nobody came." in left] == [False, True]


async def test_an_answer_is_found_where_it_stood_when_it_was_mapped(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by(each="responses || [@]")
    received = (await sender.send(ENVELOPE)).json()["received_id"]
    await settle_all()
    await sender.map_by(each="reverse(responses || [@])")
    await erase_answer(service, sender, received, 0)
    left = await stored_body(service, received) or ""
    assert [each in left for each in ("explained", "Too cold.", "Nobody came.")] == [False, True, True]


async def test_bytes_go_where_an_answer_that_is_erased_cannot_be_found(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by(each="responses || [@]")
    received = (await sender.send(ENVELOPE)).json()["received_id"]
    await settle_all()
    await sender.map_by(each="others", samples=[SAMPLE | {"payload": {"others": [PAYLOAD]}}])
    async with service.state.sessions.begin() as session:
        of_payload = update(PayloadFeedback).where(PayloadFeedback.received_id == UUID(received))
        await session.execute(of_payload.values(mapping_number=None))
    await erase_answer(service, sender, received, 0)
    assert await stored_body(service, received) is None
    await replay(sender, settle_all)
    told = await sender.read(f"received/{received}")
    assert [each["error_class"] for each in told["quarantined"]] == ["body_deleted"]


def copied(received: str) -> dict[str, Any]:
    """A sample that copies a payload."""
    return {name: part for name, part in SAMPLE.items() if name != "synthetic"} | {"received_id": received}


async def test_a_sample_that_copies_a_payload_goes_with_the_person(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by()
    received, other = [(await sender.send({**PAYLOAD, "id": each})).json()["received_id"] for each in "ab"]
    await settle_all()
    await sender.map_by(samples=[copied(received), copied(other), SAMPLE])
    await sender.map_by(samples=[copied(received)])
    await erase_answer(service, sender, received, 0)
    left = [each["samples"] for each in (await sender.read("mappings"))["items"]]
    where = [[(each["synthetic"], each["received_id"]) for each in samples] for samples in left]
    assert sorted(where, key=len) == [[], [(True, None)], [(None, other), (True, None)]]


async def test_a_sample_says_whether_it_is_invented_or_whose_payload_it_copies(
    service: ServiceClient, sender: Sender, owner: ServiceClient, settle_all: Settle
) -> None:
    await sender.map_by()
    own, gone = [(await sender.send({**PAYLOAD, "id": each})).json()["received_id"] for each in "ab"]
    stranger = await a_source(service, owner)
    foreign = (await stranger.send()).json()["received_id"]
    await settle_all()
    await erase_answer(service, sender, gone, 0)
    undeclared = {name: part for name, part in SAMPLE.items() if name != "synthetic"}
    for sample, pointer in (
        (undeclared, "/samples/0"),
        (copied(own) | {"synthetic": True}, "/samples/0"),
        (copied(gone), "/samples/0/received_id"),
        (copied(foreign), "/samples/0/received_id"),
    ):
        refused = await owner.post(f"{sender.path}/mappings", json=mapping(samples=[sample]))
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
