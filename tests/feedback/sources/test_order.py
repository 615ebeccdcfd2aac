"""Late payloads never replace later words: with two workers, after a replay, and beside the API."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from itertools import permutations
from uuid import UUID

import pytest
from sqlalchemy import select

from services.feedback.items.writer import FeedbackWriter
from services.feedback.models import Feedback, Revision
from services.feedback.settings import Settings
from services.feedback.sources.models import Payload
from tests.feedback.examples import give_feedback
from tests.feedback.sources.conftest import Settle
from tests.feedback.sources.senders import PAYLOAD, RULES, Sender
from tests.feedback.sources.test_tasks import until, worker
from tests.fixtures.clients import ServiceClient

WORDS = ("Good.", "Bad.", "Worse.")
ORDERS = list(permutations(range(len(WORDS))))


async def standing(service: ServiceClient, sender: Sender) -> dict[str, tuple[str, list[str]]]:
    """By external id, the words that stand and the earlier ones as they were received."""
    async with service.state.sessions() as session:
        mine = select(Feedback).where(Feedback.source_id == UUID(sender.source["id"]))
        found = {each.id: each for each in await session.scalars(mine)}
        earlier: dict[UUID, list[Revision]] = {each: [] for each in found}
        for each in await session.scalars(select(Revision).where(Revision.feedback_id.in_(found))):
            earlier[each.feedback_id].append(each)
    return {
        str(feedback.external_id): (
            str(feedback.text),
            [str(each.content["text"]) for each in sorted(earlier[key], key=lambda each: str(each.words_at))],
        )
        for key, feedback in found.items()
    }


def all_mapped(service: ServiceClient, received: Sequence[str]) -> Callable[[], Awaitable[bool]]:
    """A function that says whether these payloads became feedback."""

    async def mapped() -> bool:
        async with service.state.sessions() as session:
            ids = [UUID(each) for each in received]
            states = await session.scalars(select(Payload.state).where(Payload.id.in_(ids)))
            return set(states) == {"mapped"}

    return mapped


async def send_in_order(sender: Sender, external_id: str) -> list[str]:
    """Send words under one id, one after the other."""
    return [
        (await sender.send({**PAYLOAD, "id": external_id, "comment": words})).json()["received_id"]
        for words in WORDS
    ]


async def test_two_workers_leave_the_last_words_in_every_order(
    service: ServiceClient, settings: Settings, sender: Sender
) -> None:
    await sender.map_by()
    sent = {number: await send_in_order(sender, f"r-{number}") for number in range(len(ORDERS))}
    rounds = [[sent[number][order[turn]] for number, order in enumerate(ORDERS)] for turn in range(3)]
    async with AsyncExitStack() as stack:
        # Workers leave locked payloads to others: each round is let go of when the one before is mapped.
        holders = []
        for ids in rounds:
            holder = await stack.enter_async_context(service.state.sessions())
            for each in sorted(ids):
                await holder.get_one(Payload, UUID(each), with_for_update=True)
            holders.append(holder)
        for _ in range(2):
            await stack.enter_async_context(worker(settings))
        for holder, ids in zip(holders, rounds, strict=True):
            await holder.rollback()
            await until(all_mapped(service, ids))
    expected = ("Worse.", ["Good.", "Bad."])
    assert await standing(service, sender) == {f"r-{number}": expected for number in sent}


async def test_two_workers_that_race_leave_the_last_words(
    service: ServiceClient, settings: Settings, sender: Sender
) -> None:
    await sender.map_by()
    received = [each for number in range(10) for each in await send_in_order(sender, f"r-{number}")]
    async with worker(settings), worker(settings):
        await until(all_mapped(service, received))
    found = await standing(service, sender)
    assert {words for words, _ in found.values()} == {"Worse."}
    assert {tuple(earlier) for _, earlier in found.values()} == {("Good.", "Bad.")}


async def test_a_replay_of_an_older_payload_keeps_the_later_words(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by()
    older = await sender.send({"id": "r-1", "said": "Nobody came.", "comment": None})
    newer = await sender.send({**PAYLOAD, "comment": "They came after all."})
    await settle_all()
    await sender.map_by(fields=RULES["fields"] | {"text": "comment || said"})
    assert (await sender.owner.post(f"{sender.path}/replay", json={"all": True})).status_code == 202
    await settle_all()
    assert await standing(service, sender) == {"r-1": ("They came after all.", ["Nobody came."])}
    late, first = [
        (await sender.read(f"received/{each.json()['received_id']}"))["feedback"][0]
        for each in (older, newer)
    ]
    assert (late["feedback_id"], late["outcome"], first["outcome"]) == (
        first["feedback_id"],
        "earlier",
        "new",
    )


async def test_what_the_api_takes_under_the_same_id_is_another_piece(
    service: ServiceClient, sender: Sender, settle_all: Settle, trust_id: UUID
) -> None:
    await sender.map_by()
    await sender.send()
    told = await give_feedback(sender.owner, trust_id, external_id="r-1", text="By hand.")
    await settle_all()
    assert told["outcome"] == "new"
    assert await standing(service, sender) == {"r-1": (PAYLOAD["comment"], [])}
    assert (await sender.owner.get(f"/v1/feedback/{told['id']}")).json()["text"] == "By hand."


@pytest.mark.parametrize("waits", [0, 1])
async def test_of_two_requests_at_once_the_one_that_came_later_stands(
    sender: Sender, trust_id: UUID, monkeypatch: pytest.MonkeyPatch, waits: int
) -> None:
    """One request is held between its arrival and its storing, while the other goes through."""
    await give_feedback(sender.owner, trust_id, external_id="1", text="First.")
    held, go = asyncio.Event(), asyncio.Event()
    give = FeedbackWriter.give

    async def give_held(*args: object) -> object:
        if getattr(args[1], "text", "") == f"Number {waits}.":
            held.set()
            await go.wait()
        return await give(*args)  # type: ignore[arg-type] # as it was called

    monkeypatch.setattr(FeedbackWriter, "give", give_held)
    tasks = []
    for number in range(2):
        words = {"external_id": "1", "text": f"Number {number}."}
        tasks.append(asyncio.create_task(give_feedback(sender.owner, trust_id, **words)))
        await (held.wait() if number == waits else tasks[-1])
    go.set()
    told = await asyncio.gather(*tasks)
    assert [each["outcome"] for each in told] == [["earlier", "revision"], ["revision", "revision"]][waits]
    seen = (await sender.owner.get(f"/v1/feedback/{told[0]['id']}")).json()
    assert seen["text"] == "Number 1."
