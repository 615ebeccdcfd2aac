"""What becomes of payloads: feedback, once; quarantine; or another try when something is away."""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from services.feedback.codes import WRONG_PER_MINUTE
from services.feedback.items.intake import IntakeTools
from services.feedback.models import Feedback
from services.feedback.sources import payloads
from services.feedback.sources.models import Payload, RawBody
from services.feedback.sources.sealing import SourceSeals
from services.feedback.sources.turns import lock_payloads_to_map
from shared.clock import now
from shared.codes import code_from
from shared.ids import new_id
from shared.outbox import Outbox
from tests.feedback.examples import a_trust, tell
from tests.feedback.sources.conftest import Settle
from tests.feedback.sources.senders import PAYLOAD, RULES, SAMPLE, Sender, a_source, hmac_headers, hmac_source
from tests.fixtures.clients import ServiceClient

SECOND = {**PAYLOAD, "id": "r-2", "comment": "Too cold."}
BROKEN = {**PAYLOAD, "id": "r-3", "comment": None}


async def received_id(sender: Sender, payload: Any = PAYLOAD) -> str:
    """Post a payload and return the id under which it is kept."""
    found: str = (await sender.send(payload)).json()["received_id"]
    return found


async def state_of(sender: Sender, received: str) -> dict[str, Any]:
    """The result of a payload."""
    return await sender.read(f"received/{received}")


async def feedback_of(service: ServiceClient, sender: Sender) -> int:
    """How much feedback came from a source."""
    async with service.state.sessions() as session:
        mine = select(func.count()).where(Feedback.source_id == UUID(sender.source["id"]))
        return await session.scalar(mine) or 0


async def make_due(service: ServiceClient, received: str, **fields: Any) -> None:
    """Let the time of the next try come."""
    async with service.state.sessions.begin() as session:
        values = {"next_try_at": now(), **fields}
        await session.execute(update(Payload).where(Payload.id == UUID(received)).values(values))


async def test_feedback_comes_from_the_source_with_its_id_and_time(
    service: ServiceClient, sender: Sender, trust_id: UUID, settle_all: Settle
) -> None:
    await sender.map_by()
    received = await received_id(sender)
    await settle_all()
    told = await state_of(sender, received)
    async with service.state.sessions() as session:
        feedback = await session.get_one(Feedback, UUID(told["feedback"][0]["feedback_id"]))
        kept = await session.get_one(Payload, UUID(received))
    assert (feedback.source_id, feedback.sender_id) == (UUID(sender.source["id"]), trust_id)
    assert (feedback.external_id, feedback.organisation_ids) == ("r-1", [trust_id])
    assert feedback.received_at == kept.received_at


async def test_an_array_is_several_answers_and_the_good_ones_do_not_wait(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by()
    received = await received_id(sender, [PAYLOAD, BROKEN, SECOND])
    await settle_all()
    told = await state_of(sender, received)
    assert (told["state"], [one["position"] for one in told["feedback"]]) == ("quarantined", [0, 2])
    assert told["quarantined"] == [{"position": 1, "error_class": "missing", "field": "text"}]
    await sender.map_by(defaults=RULES["defaults"] | {"text": "(no comment)"})
    await sender.owner.post(f"{sender.path}/replay", json={"all": True})
    await settle_all()
    again = await state_of(sender, received)
    assert (again["state"], again["quarantined"]) == ("mapped", [])
    before = [one | {"reply_code": None} for one in told["feedback"]]  # codes are shown once
    assert [one for one in again["feedback"] if one["position"] != 1] == before
    assert await feedback_of(service, sender) == 3


async def test_answers_without_ids_are_told_apart_by_their_place(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by()
    twins = [{**PAYLOAD, "id": None}, {**PAYLOAD, "id": None}]
    await received_id(sender, twins)
    await settle_all()
    assert await feedback_of(service, sender) == 2


async def test_the_same_answer_in_two_messages_is_one_piece_of_feedback(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by()
    first, second = await received_id(sender), await received_id(sender)
    changed = await received_id(sender, {**PAYLOAD, "comment": "Changed my mind."})
    for _ in range(3):
        await settle_all()
    ids = [(await state_of(sender, each))["feedback"][0]["feedback_id"] for each in (first, second, changed)]
    assert len(set(ids)) == 1
    async with service.state.sessions() as session:
        assert (await session.get_one(Feedback, UUID(ids[0]))).revision == 2


async def test_a_form_is_mapped_like_an_object(
    service: ServiceClient, owner: ServiceClient, settle_all: Settle
) -> None:
    form = await a_source(service, owner, **hmac_source())
    await form.map_by()
    body = b"comment=Thank+you&score=2&consent=Y&id=f-1"
    kind = {"content-type": "application/x-www-form-urlencoded"}
    taken = await form.post(body, **(hmac_headers(form.secret, body) | kind))
    await settle_all()
    assert (await state_of(form, taken.json()["received_id"]))["state"] == "mapped"


async def test_without_a_mapping_a_payload_waits_in_quarantine(sender: Sender, settle_all: Settle) -> None:
    received = await received_id(sender)
    await settle_all()
    assert (await state_of(sender, received))["quarantined"][0]["error_class"] == "mapping_missing"
    await sender.map_by()
    await sender.owner.post(f"{sender.path}/replay", json={"all": True})
    await settle_all()
    assert (await state_of(sender, received))["state"] == "mapped"


async def test_quarantine_is_told_by_an_event_without_a_word_of_it(
    service: ServiceClient, sender: Sender, trust_id: UUID, settle_all: Settle
) -> None:
    await sender.map_by()
    received = await received_id(sender, BROKEN)
    await settle_all()
    async with service.state.sessions() as session:
        wanted = select(Outbox).where(Outbox.aggregate_id == UUID(received))
        sent = (await session.scalars(wanted)).one()
    data = json.loads(sent.body)["data"]
    assert (sent.type, sent.sequence) == ("feedback.source_payload_quarantined.v1", 1)
    assert (data["error_class"], data["field"], data["source_id"]) == ("missing", "text", sender.source["id"])
    assert data["organisations"] == [str(trust_id)]
    assert "2" not in (data["field"], data["error_class"])


async def test_a_refusal_of_the_domain_is_named_too(sender: Sender, settle_all: Settle) -> None:
    fields = RULES["fields"] | {"reply_code": "code"}
    await sender.map_by(fields=fields)
    received = await received_id(sender, {**PAYLOAD, "code": "0000-0000-0001"})
    await settle_all()
    [fault] = (await state_of(sender, received))["quarantined"]
    assert (fault["error_class"], fault["field"]) == ("invalid", "reply_code")


async def test_a_body_that_is_not_here_yet_is_awaited(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by(fields=RULES["fields"] | {"organisations": "about"})
    trust = a_trust()
    received = await received_id(sender, {**PAYLOAD, "about": str(trust.organisation_id)})
    await settle_all()
    assert (await state_of(sender, received))["state"] == "received"
    await tell(service, trust)
    await make_due(service, received)
    await settle_all()
    assert (await state_of(sender, received))["state"] == "mapped"


async def test_a_body_that_never_comes_ends_in_quarantine(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by(fields=RULES["fields"] | {"organisations": "about"})
    received = await received_id(sender, {**PAYLOAD, "about": str(new_id())})
    await make_due(service, received, tries=payloads.TRIES_MAX)
    await settle_all()
    assert (await state_of(sender, received))["quarantined"][0]["error_class"] == "not_here_yet"


async def test_while_the_registry_is_away_a_postcode_is_awaited_without_end(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by(fields=RULES["fields"] | {"postcode": "postcode"})
    received = await received_id(sender, {**PAYLOAD, "postcode": "NE1 4LP"})
    await make_due(service, received, tries=50)
    await settle_all()
    assert (await state_of(sender, received))["state"] == "received"


async def test_a_payload_whose_bytes_are_gone_says_so(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    received = await received_id(sender)
    async with service.state.sessions.begin() as session:
        await session.delete(await session.get_one(RawBody, UUID(received)))
    await sender.map_by()
    await settle_all()
    assert (await state_of(sender, received))["quarantined"][0]["error_class"] == "body_deleted"


async def test_two_workers_never_take_the_same_payload(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by()
    await received_id(sender)
    async with service.state.sessions.begin() as session:
        assert len(await lock_payloads_to_map(session, now(), 10_000)) >= 1
        assert await settle_all() == 0
    assert await settle_all() >= 1


@pytest.mark.parametrize("tries", [0, payloads.TRIES_MAX])
async def test_what_nobody_expected_is_tried_again_and_then_kept(
    service: ServiceClient, sender: Sender, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    await sender.map_by()
    received = await received_id(sender)
    monkeypatch.setattr(payloads, "give_with_locks", fail)
    state, tools = service.state, service.part(IntakeTools)
    async with state.sessions.begin() as session:
        row = await session.get_one(Payload, UUID(received), with_for_update=True)
        row.tries = tries
        await payloads.settle_payload(session, row, tools, SourceSeals(state.settings.seal_key))
    told = await state_of(sender, received)
    assert told["state"] == ("quarantined" if tries else "received")
    assert [fault["error_class"] for fault in told["quarantined"]] == (["unexpected"] if tries else [])


async def replay(sender: Sender, received: str, settle_all: Settle) -> dict[str, Any]:
    """Map a payload again, and return its result."""
    await sender.owner.post(f"{sender.path}/replay", json={"received_ids": [received]})
    await settle_all()
    return await state_of(sender, received)


@pytest.mark.parametrize(
    ("rules", "error_class"),
    [({"each": "[?id=='r-1']"}, "answer_not_found"), ({"each": "[0].id"}, "not_a_list")],
)
async def test_a_replay_marks_nothing_as_mapped_that_was_not(
    sender: Sender, settle_all: Settle, rules: dict[str, str], error_class: str
) -> None:
    await sender.map_by()
    also = BROKEN | {"id": "r-4"}
    received = await received_id(sender, [PAYLOAD, BROKEN, also])
    await settle_all()
    sample = {"synthetic": True, "payload": [PAYLOAD], "expected": SAMPLE["expected"]}
    if error_class == "not_a_list":
        sample = {"synthetic": True, "payload": [{"id": [PAYLOAD]}], "expected": SAMPLE["expected"]}
    await sender.map_by(**rules, samples=[sample])
    told = await replay(sender, received, settle_all)
    assert told["state"] == "quarantined"
    assert [(each["position"], each["error_class"]) for each in told["quarantined"]] == [
        (1, error_class),
        (2, error_class),
    ]
    await sender.map_by(required=[], fields=RULES["fields"] | {"text": "comment || 'Nothing.'"})
    told = await replay(sender, received, settle_all)
    assert (told["state"], len(told["feedback"])) == ("mapped", 3)


async def test_wrong_codes_of_some_do_not_hold_back_the_words_of_others(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by(fields=RULES["fields"] | {"reply_code": "code"})
    wrong = [{**PAYLOAD, "id": f"w-{n}", "code": code_from(n)} for n in range(WRONG_PER_MINUTE * 2 + 1)]
    received = await received_id(sender, [*wrong, PAYLOAD])
    for _ in range(3):
        await settle_all()
        service.part(IntakeTools).wrong_codes.wrong.clear()  # a minute passes
        await make_due(service, received)
    told = await state_of(sender, received)
    assert (told["state"], len(told["quarantined"])) == ("quarantined", len(wrong))
    assert [each["position"] for each in told["feedback"]] == [len(wrong)]
