"""Whom mail reaches: assessed off the request path, told of when it changes, and known by no address."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.feedback.contributors.models import Reach
from services.feedback.contributors.reach import mark_reach_stale
from services.feedback.contributors.schemas import NewContributor
from services.feedback.contributors.sealing import seal_contributor
from services.feedback.items.domain import restate_feedback_after
from services.feedback.items.intake import IntakeTools
from services.feedback.models import Contributor
from services.feedback.sending.assessing import assess_reach
from services.feedback.sending.teller import Teller
from shared.clock import now
from shared.ids import new_id
from shared.outbox import Outbox
from tests.feedback.sending.sink import Sink
from tests.feedback.sending.tellers import Told

LOOKUP = "/v1/replies/lookup"


async def told_of(told: Told, said: dict[str, Any]) -> list[tuple[str, str | None]]:
    """What was told of a contributor's reach, in order: each result, and why."""
    async with told.partner.state.sessions() as session:
        reach_id = await session.scalar(select(Reach.id).where(Reach.feedback_id == UUID(said["id"])))
        bodies = select(Outbox.body).where(Outbox.aggregate_id == reach_id).order_by(Outbox.position)
        facts = [json.loads(body)["data"] for body in await session.scalars(bodies)]
    return [(each["reach"], each["reason"]) for each in facts]


async def reach_of(told: Told, said: dict[str, Any]) -> Reach:
    """What is kept of a contributor's reach."""
    async with told.partner.state.sessions() as session:
        return (await session.scalars(select(Reach).where(Reach.feedback_id == UUID(said["id"])))).one()


async def revise(told: Told, said: dict[str, Any], address: str) -> None:
    """Let a survey tool send other words, and another address, under the same id."""
    contributor, words = {"channel": "email", "address": address}, f"Now from {address}."
    again = await told.said(external_id=said["external_id"], text=words, contributor=contributor)
    assert (again["id"], again["outcome"]) == (said["id"], "revision")


@pytest.fixture
async def surveyed(told: Told) -> dict[str, Any]:
    """What a survey tool sent under an id of its own."""
    return await told.said(external_id="answer 1") | {"external_id": "answer 1"}


async def test_a_result_is_told_once_and_holds_no_address(told: Told) -> None:
    said = await told.said()
    assert (await reach_of(told, said)).state is None
    await told.work()
    await told.work()
    kept = await reach_of(told, said)
    assert (kept.state, kept.reason) == ("reachable", None)
    assert await told_of(told, said) == [("reachable", None)]
    assert told.address.partition("@")[0] not in " ".join(str(value) for value in vars(kept).values())


@pytest.mark.parametrize(
    ("contributor", "reason"),
    [
        ({"channel": "sms", "address": "07700 900000"}, "channel_not_available"),
        ({"channel": "email", "needs": {"formats": ["braille"]}}, "format_not_available"),
        ({"channel": "email", "needs": {"language": "cy"}}, "language_not_available"),
    ],
)
async def test_who_cannot_be_told_by_mail_is_unreachable(
    told: Told, contributor: dict[str, Any], reason: str
) -> None:
    said = await told.said(contributor={"address": told.address} | contributor)
    await told.work()
    assert await told_of(told, said) == [("unreachable", reason)]


async def test_what_cannot_be_opened_is_unreachable(told: Told) -> None:
    said = await told.said()
    other = {"contributor_private_key": "b3RoZXIga2V5IG9mIHRoaXJ0eS10d28gYnl0ZXMhISE="}
    await told.work(**other)
    assert await told_of(told, said) == [("unreachable", "unreadable")]


async def test_who_wants_no_more_mail_is_unreachable_with_all_that_they_said(told: Told) -> None:
    first, second = await told.said(), await told.said()
    await told.work()
    stop = {"reply_code": await told.mailed_code(first)}
    assert (await told.partner.post("/v1/replies/unsubscribe", json=stop)).status_code == 200
    await told.work()
    third = await told.said()
    await told.work()
    assert await told_of(told, second) == [("reachable", None), ("unreachable", "suppressed")]
    assert await told_of(told, third) == [("unreachable", "suppressed")]


async def test_a_refused_address_is_unreachable_until_it_takes_mail_again(told: Told, sink: Sink) -> None:
    first, second = await told.said(), await told.said()
    sink.refuse.add(told.address)
    await told.ask(first)
    await told.work()
    third = await told.said()
    await told.work()
    refused = ("unreachable", "address_refused")
    assert [(await told_of(told, each))[-1] for each in (first, second, third)] == [refused] * 3
    sink.refuse.clear()
    await told.ask(second)
    await told.work()
    assert [(await told_of(told, each))[-1][0] for each in (first, second, third)] == ["reachable"] * 3


async def test_another_mode_assesses_everybody_anew_and_an_older_worker_changes_nothing(told: Told) -> None:
    said = await told.said()
    older = Teller.from_settings(told.settings)
    held = {"sending": "allow_list", "sending_allow_list": ["@elsewhere.org"]}
    await told.work(sending="hold")
    await told.work(**held)
    async with told.sessions.begin() as session:
        assert await assess_reach(session, older) == 0
    await told.work()
    told_all = [("held", "sending_is_held"), ("held", "not_on_allow_list"), ("reachable", None)]
    assert await told_of(told, said) == told_all


async def test_what_is_assessed_is_not_looked_at_again(told: Told) -> None:
    await told.said()
    await told.work()
    later = replace(Teller.from_settings(told.settings), since=now() + timedelta(days=1))
    async with told.sessions.begin() as session:
        assert await assess_reach(session, later) == 0


async def test_another_address_has_another_code_and_the_same_address_keeps_its_own(
    told: Told, surveyed: dict[str, Any]
) -> None:
    await told.work()
    first = await told.mailed_code(surveyed)
    await revise(told, surveyed, told.address.upper())
    await told.work()
    assert await told.mailed_code(surveyed) == first
    await revise(told, surveyed, f"x{told.address}")
    await told.work()
    second = await told.mailed_code(surveyed)
    assert second != first
    found = [await told.partner.post(LOOKUP, json={"reply_code": code}) for code in (first, second)]
    assert [each.status_code for each in found] == [404, 200]


async def test_a_code_that_was_mailed_opens_what_it_did_when_another_address_comes(
    told: Told, sink: Sink, surveyed: dict[str, Any]
) -> None:
    await told.ask(surveyed)
    await told.work()
    code = await told.mailed_code(surveyed)
    assert code in str(sink.to(told.address)[0])
    await revise(told, surveyed, f"x{told.address}")
    await told.work()
    assert await told.mailed_code(surveyed) != code
    found = await told.partner.post(LOOKUP, json={"reply_code": code})
    assert (found.status_code, found.json()["state"]) == (200, "received")


async def test_nobody_reads_the_code_of_another_because_an_address_changed_under_way(
    told: Told, sink: Sink, surveyed: dict[str, Any]
) -> None:
    elsewhere = await told.said()
    tellings = [await told.ask(surveyed), await told.ask(elsewhere)]
    sink.later.add(told.address)
    await told.work()
    captor = f"x{told.address}"
    await revise(told, surveyed, captor)
    sink.later.clear()
    await told.mail_is_due()
    await told.work()
    (theirs,), (captured,) = sink.to(told.address), sink.to(captor)
    mine, other = await told.mailed_code(elsewhere), await told.mailed_code(surveyed)
    assert (mine in str(theirs), other in str(theirs)) == (True, False)
    assert (mine in str(captured), other in str(captured)) == (False, True)
    assert {(await told.sending(each)).state for each in tellings} == {"delivered"}


async def test_the_mailed_code_opens_what_the_reply_code_opens_also_after_erasure(told: Told) -> None:
    said = await told.said()
    await told.work()
    code = await told.mailed_code(said)
    seen = await told.partner.post(LOOKUP, json={"reply_code": code})
    assert seen.json() == (await told.partner.post(LOOKUP, json={"reply_code": said["reply_code"]})).json()
    wish = {"reply_code": code, "erase": True}
    assert (await told.partner.post("/v1/replies/withdraw", json=wish)).json()["state"] == "erased"
    assert (await told.partner.post(LOOKUP, json={"reply_code": code})).json()["state"] == "erased"
    await told.work(sending="hold")
    await told.work()
    kept = await reach_of(told, said)
    assert (kept.person_ref, kept.refused_at) == (None, None)
    assert (await told.partner.post(LOOKUP, json={"reply_code": code})).status_code == 200


async def test_no_feedback_takes_a_mailed_code_for_its_own(told: Told) -> None:
    said = await told.said()
    await told.work()
    body = {"kind": "comment", "text": "Mine.", "organisations": [str(told.trust_id)]}
    answer = await told.partner.post("/v1/feedback", json=body | {"reply_code": await told.mailed_code(said)})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/reply_code")


async def test_what_an_earlier_version_took_in_is_assessed_with_its_telling(told: Told, sink: Sink) -> None:
    said = await told.said()
    async with told.partner.state.sessions.begin() as session:
        await session.delete(await session.get_one(Reach, (await reach_of(told, said)).id))
    await told.ask(said)
    await told.work()
    assert await told.mailed_code(said) in str(sink.to(told.address)[0])


async def test_an_address_that_came_with_earlier_words_is_neither_assessed_nor_written_to(
    told: Told, sink: Sink
) -> None:
    said = await told.said()
    earlier = NewContributor.model_validate({"channel": "email", "address": f"x{told.address}"})
    feedback_id, key = UUID(said["id"]), told.partner.part(IntakeTools).contributor_key
    async with told.partner.state.sessions.begin() as session:
        row = {"id": new_id(), "feedback_id": feedback_id, "given_at": now() - timedelta(days=1)}
        session.add(Contributor(**row, sealed=seal_contributor(earlier, feedback_id, key)))
        await mark_reach_stale(session, feedback_id)
    telling = await told.ask(said)
    async with asyncio.timeout(20):
        await told.work()
    assert (await told.sending(telling)).state == "delivered"
    assert (len(sink.to(told.address)), sink.to(f"x{told.address}")) == (1, [])


async def test_a_mail_waits_for_nobody_who_erases(told: Told, sink: Sink) -> None:
    said = await told.said()
    await told.work()
    sink.refuse.add(told.address)
    telling = await told.ask(said)
    reach_id = (await reach_of(told, said)).id
    async with told.partner.state.sessions.begin() as erasing, asyncio.timeout(20):
        await erasing.get_one(Reach, reach_id, with_for_update=True)
        await told.work()
    assert (await told.sending(telling)).reason == "address_refused"


async def test_copies_are_rebuilt_with_what_is_known_of_reach(told: Told) -> None:
    said = await told.said()
    await told.work()
    async with told.partner.state.sessions.begin() as session:
        last = UUID(int=UUID(said["id"]).int - 1)
        assert UUID(said["id"]) in await restate_feedback_after(session, last)
    assert await told_of(told, said) == [("reachable", None)] * 2
