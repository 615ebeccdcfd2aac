"""Erasing, mapping and setting up sources never wait for each other in a circle."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.items.intake import IntakeTools
from services.feedback.models import Feedback
from services.feedback.moderation import retention
from services.feedback.moderation.domain import erase
from services.feedback.moderation.keys import ErasureKeys
from services.feedback.moderation.rights import BY_CONTRIBUTOR
from services.feedback.settings import Settings
from services.feedback.sources import queries
from services.feedback.sources.models import Payload
from services.feedback.sources.payloads import settle_payload
from services.feedback.sources.sealing import SourceSeals
from services.feedback.sources.turns import lock_payloads_to_map
from shared.auth import Caller
from shared.clock import now
from shared.db import locked
from tests.feedback.sources.conftest import Settle
from tests.feedback.sources.locks import pid_of, until_it_waits
from tests.feedback.sources.senders import PAYLOAD, RULES, Sender
from tests.fixtures.clients import ServiceClient

WAITING = {"id": "r-1", "said": "Nobody came.", "comment": None}


def keys_of(service: ServiceClient) -> ErasureKeys:
    """The keys for erasures."""
    return ErasureKeys.from_settings(service.part(Settings))


async def settle(service: ServiceClient, session: AsyncSession, received: Payload) -> None:
    """Map a locked payload as the worker does."""
    tools = service.part(IntakeTools).waiting(0)
    await settle_payload(session, received, tools, SourceSeals(service.state.settings.seal_key))
    await session.flush()


async def lock_to_map(session: AsyncSession, received: str) -> Payload:
    """One payload, locked as the worker locks what is due."""
    due = await lock_payloads_to_map(session, now(), 10_000)
    [payload] = [each for each in due if each.id == UUID(received)]
    return payload


async def set_in(service: ServiceClient, received: str, **values: object) -> None:
    """Set columns of a payload."""
    async with service.state.sessions.begin() as session:
        await session.execute(update(Payload).where(Payload.id == UUID(received)).values(**values))


async def feedback_in(sender: Sender, received: str) -> list[UUID]:
    """What a payload became."""
    return [UUID(each["feedback_id"]) for each in (await sender.read(f"received/{received}"))["feedback"]]


async def test_an_erasure_goes_on_while_another_answer_of_the_same_person_is_mapped(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by(each="responses || [@]")
    received = (await sender.send({"responses": [PAYLOAD, WAITING]})).json()["received_id"]
    await settle_all()
    [feedback_id] = await feedback_in(sender, received)
    await sender.map_by(each="responses || [@]", fields=RULES["fields"] | {"text": "comment || said"})
    await sender.owner.post(f"{sender.path}/replay", json={"all": True})

    async with service.state.sessions.begin() as erasing:
        feedback, pid = await locked(erasing, Feedback, feedback_id), await pid_of(erasing)
        async with service.state.sessions.begin() as mapping:
            payload = await lock_to_map(mapping, received)
            erasure = asyncio.create_task(erase(erasing, feedback, keys_of(service), BY_CONTRIBUTOR))
            await until_it_waits(service, pid)
            await settle(service, mapping, payload)
            assert (payload.state, payload.tries) == ("received", 1)
        await erasure
    await set_in(service, received, next_try_at=now())
    await settle_all()
    async with service.state.sessions() as session:
        feedback = await session.get_one(Feedback, feedback_id)
        assert (feedback.state, feedback.text, feedback.revision) == ("erased", None, 1)
        assert (await session.get_one(Payload, UUID(received))).state == "mapped"


async def test_the_rule_waits_for_the_payloads_of_all_that_it_erases_in_one_order(
    service: ServiceClient, sender: Sender, settle_all: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sender.map_by()
    first, second = [(await sender.send({**PAYLOAD, "id": each})).json()["received_id"] for each in "ab"]
    await set_in(service, first, next_try_at=now() + timedelta(days=1))
    await settle_all()
    await set_in(service, first, next_try_at=now())
    await settle_all()
    ids = [*await feedback_in(sender, second), *await feedback_in(sender, first)]
    async with service.state.sessions.begin() as session:
        old = update(Feedback).where(Feedback.id.in_(ids))
        await session.execute(old.values(received_at=now() - timedelta(days=731)))
    lock_overdue = retention.lock_overdue

    async def lock_the_later_payload_first(session: AsyncSession, at: datetime) -> list[Any]:
        return sorted(await lock_overdue(session, at), key=lambda row: ids.index(row[0].id))

    monkeypatch.setattr(retention, "lock_overdue", lock_the_later_payload_first)

    async with service.state.sessions.begin() as by_rule:
        pid = await pid_of(by_rule)
        async with service.state.sessions.begin() as other:
            await other.get_one(Payload, UUID(first), with_for_update=True)
            erasure = asyncio.create_task(retention.erase_overdue(by_rule, keys_of(service)))
            await until_it_waits(service, pid)
            await other.get_one(Payload, UUID(second), with_for_update=True)
        assert await erasure == len(ids)


async def test_a_mapping_that_copies_a_payload_is_added_while_that_is_mapped(
    service: ServiceClient, sender: Sender
) -> None:
    received = (await sender.send()).json()["received_id"]
    source_id, owner = (
        UUID(sender.source["id"]),
        Caller(organisation_id=UUID(sender.source["organisation_id"])),
    )
    async with service.state.sessions.begin() as adding:
        await queries.find_source(adding, source_id, owner, lock=True)
        pid = await pid_of(adding)
        async with service.state.sessions.begin() as mapping:
            payload = await lock_to_map(mapping, received)
            copy = asyncio.create_task(queries.lock_whole_payloads(adding, source_id, [payload.id]))
            await until_it_waits(service, pid)
            await settle(service, mapping, payload)
            assert payload.state == "quarantined"
        assert await copy == {payload.id}
