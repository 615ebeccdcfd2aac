"""One person's erasure takes their answer out of a payload, and no other answer is lost."""

from typing import Any
from uuid import UUID

from sqlalchemy import update

from services.feedback.items.intake import IntakeTools
from services.feedback.models import Feedback
from services.feedback.sources.models import Payload, PayloadFeedback, RawBody
from services.feedback.sources.sealing import SourceSeals
from tests.feedback.sources.conftest import Settle
from tests.feedback.sources.senders import PAYLOAD, RULES, SAMPLE, Sender, a_source, mapping
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


async def test_an_erasure_leaves_the_answers_of_others_until_they_are_mapped_or_erased(
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
    for position, is_stored in ((2, True), (1, False)):
        await erase_answer(service, sender, received, position)
        assert (await stored_body(service, received) is not None) == is_stored


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
