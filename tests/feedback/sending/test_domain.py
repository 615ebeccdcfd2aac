"""Telling people: under the teller's own role, against a real mail server."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import ProgrammingError

from services.feedback.contributors.models import Reach
from services.feedback.models import Feedback
from services.feedback.sending.models import Mail, Sending
from services.feedback.sending.queries import count_tellings, release_held_tellings
from shared.clock import now
from tests.feedback.sending.sink import Sink
from tests.feedback.sending.tellers import Told


async def test_a_person_is_told_with_their_code(told: Told, sink: Sink) -> None:
    said = await told.said()
    telling = await told.ask(said)
    await told.work()
    (mail,) = sink.to(told.address)
    body = mail.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert await told.mailed_code(said) in body.decode()
    assert said["reply_code"] not in body.decode()
    assert "Demonstration Trust (invented)" in mail["Subject"]
    assert (await told.sending(telling)).state == "delivered"
    assert await told.events(telling) == ["telling_delivered"]


async def test_what_is_asked_twice_is_told_once(told: Told, sink: Sink) -> None:
    said = await told.said()
    telling = await told.ask(said)
    await told.work()
    await told.ask(said, telling_id=telling)
    await told.work()
    assert len(sink.to(told.address)) == 1


async def test_what_waits_for_one_person_goes_in_one_mail(told: Told, sink: Sink) -> None:
    first, second = await told.said(), await told.said()
    tellings = [await told.ask(first), await told.ask(second, "declined")]
    await told.work(sending_batch_seconds=60.0)
    assert sink.to(told.address) == []
    await told.work()
    (mail,) = sink.to(told.address)
    codes = {await told.mailed_code(said) for said in (first, second)}
    assert len(codes) == 2
    assert all(code in str(mail) for code in codes)
    assert {(await told.sending(each)).state for each in tellings} == {"delivered"}


async def test_nobody_gets_more_mails_a_day_than_the_limit_and_nothing_is_lost(
    told: Told, sink: Sink
) -> None:
    tellings = []
    for _ in range(4):
        tellings.append(await told.ask(await told.said()))
        await told.work(sending_mails_per_day=2)
    assert len(sink.to(told.address)) == 2
    assert [(await told.sending(each)).state for each in tellings] == ["delivered"] * 2 + ["waiting"] * 2
    async with told.sessions.begin() as session:
        yesterday = {"made_at": now() - timedelta(days=1)}
        mine = select(Sending.mail_id).where(Sending.id.in_(tellings))
        await session.execute(update(Mail).where(Mail.id.in_(mine)).values(**yesterday))
    await told.work(sending_mails_per_day=2)
    assert len(sink.to(told.address)) == 3
    assert {(await told.sending(each)).state for each in tellings} == {"delivered"}


@pytest.mark.parametrize(
    ("mode", "listed", "reason"),
    [("hold", [], "sending_is_held"), ("allow_list", ["@elsewhere.org"], "not_on_allow_list")],
)
async def test_what_may_not_be_sent_is_held_until_it_is_released(
    told: Told, sink: Sink, mode: str, listed: list[str], reason: str
) -> None:
    telling = await told.ask(await told.said())
    await told.work(sending=mode, sending_allow_list=listed)
    held = await told.sending(telling)
    assert (held.state, held.reason, sink.to(told.address)) == ("held", reason, [])
    # Another mode alone sends nothing: what was held for months does not go out by surprise.
    await told.work()
    assert sink.to(told.address) == []
    async with told.partner.state.sessions.begin() as session:
        assert ("held", reason) in {(state, why) for state, why, _ in await count_tellings(session)}
        assert await release_held_tellings(session) >= 1
    await told.work(sending=mode, sending_allow_list=listed)
    async with told.partner.state.sessions.begin() as session:
        await release_held_tellings(session)
    await told.work()
    assert len(sink.to(told.address)) == 1
    assert await told.events(telling) == ["telling_held", "telling_delivered"]


@pytest.mark.parametrize("listed", ["{0}", "@EXAMPLE.org"])
async def test_the_allow_list_lets_addresses_and_domains_through(told: Told, sink: Sink, listed: str) -> None:
    await told.ask(await told.said())
    await told.work(sending="allow_list", sending_allow_list=[listed.format(told.address)])
    assert len(sink.to(told.address)) == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"permissions": {"contact": "no"}}, "not_permitted"),
        ({"contributor": {"channel": "sms", "address": "07700 900000"}}, "channel_not_available"),
        ({"needs": {"formats": ["easy_read"]}}, "format_not_available"),
        ({"needs": {"language": "cy"}}, "language_not_available"),
    ],
)
async def test_who_cannot_be_told_as_they_need_it_is_not_told(
    told: Told, sink: Sink, fields: dict[str, Any], reason: str
) -> None:
    if needs := fields.get("needs"):
        fields = {"contributor": {"channel": "email", "address": told.address, "needs": needs}}
    telling = await told.ask(await told.said(**fields))
    await told.work()
    failed = await told.sending(telling)
    assert (failed.state, failed.reason, sink.to(told.address)) == ("failed", reason, [])
    assert await told.events(telling) == ["telling_failed"]


async def test_what_was_taken_back_is_told_no_more(told: Told, sink: Sink) -> None:
    said = await told.said()
    telling = await told.ask(said)
    wish = {"reply_code": said["reply_code"], "erase": True}
    assert (await told.partner.post("/v1/replies/withdraw", json=wish)).status_code == 200
    await told.work()
    assert ((await told.sending(telling)).reason, sink.to(told.address)) == ("not_permitted", [])


async def test_after_erasure_nothing_tells_who_was_told(told: Told, sink: Sink) -> None:
    said = await told.said()
    telling = await told.ask(said)
    await told.work()
    assert (await told.sending(telling)).person_ref is not None
    wish = {"reply_code": said["reply_code"], "erase": True}
    assert (await told.partner.post("/v1/replies/withdraw", json=wish)).status_code == 200
    after = await told.sending(telling)
    assert (after.state, after.person_ref, len(sink.to(told.address))) == ("delivered", None, 1)


async def test_one_code_stops_all_mail_to_a_person(told: Told, sink: Sink) -> None:
    first, second = await told.said(), await told.said()
    stop = {"reply_code": first["reply_code"]}
    for _ in range(2):
        assert (await told.partner.post("/v1/replies/unsubscribe", json=stop)).status_code == 200
    tellings = [await told.ask(first), await told.ask(second)]
    await told.work()
    assert [(await told.sending(each)).reason for each in tellings] == ["suppressed"] * 2
    assert sink.to(told.address) == []
    # The version is for those whom it is about to see: it does not tell who wants no mail.
    assert await told.events(UUID(first["id"])) == ["received"]
    async with told.partner.state.sessions() as session:
        of_them = Reach.feedback_id.in_([UUID(first["id"]), UUID(second["id"])])
        reached = await session.execute(
            select(Reach.state, Reach.reason, Feedback.version)
            .where(of_them)
            .join(Feedback, Feedback.id == Reach.feedback_id)
        )
    assert [tuple(row) for row in reached] == [("unreachable", "suppressed", 1)] * 2


async def test_an_address_that_does_not_exist_is_not_tried_again(told: Told, sink: Sink) -> None:
    sink.refuse.add(told.address)
    telling = await told.ask(await told.said())
    await told.work()
    failed = await told.sending(telling)
    assert (failed.state, failed.reason) == ("failed", "address_refused")


@pytest.mark.parametrize("step", ["MAIL", "DATA"])
async def test_a_mail_that_is_refused_for_good_is_not_tried_again(told: Told, sink: Sink, step: str) -> None:
    sink.answers[step] = "554 5.7.1 not taken"
    telling = await told.ask(await told.said())
    await told.work()
    failed = await told.sending(telling)
    assert (failed.state, failed.reason) == ("failed", "mail_refused")
    assert await told.events(telling) == ["telling_failed"]


@pytest.mark.parametrize("step", ["MAIL", "DATA"])
async def test_a_mail_that_is_refused_for_now_is_tried_again(told: Told, sink: Sink, step: str) -> None:
    sink.answers[step] = "451 4.3.0 come again later"
    telling = await told.ask(await told.said())
    await told.work()
    assert (await told.sending(telling)).state == "mailed"
    sink.answers.clear()
    async with told.sessions.begin() as session:
        await session.execute(update(Mail).values(next_try_at=now()))
    await told.work()
    assert (await told.sending(telling)).state == "delivered"


async def test_a_server_that_is_busy_is_tried_again_with_the_same_mail(told: Told, sink: Sink) -> None:
    sink.later.add(told.address)
    telling = await told.ask(await told.said())
    await told.work()
    waiting = await told.sending(telling)
    assert waiting.state == "mailed"
    sink.later.clear()
    async with told.sessions.begin() as session:
        mail = await session.get_one(Mail, waiting.mail_id)
        assert (mail.tries, mail.next_try_at > now()) == (1, True)
        mail.next_try_at = now()
    await told.work()
    (got,) = sink.to(told.address)
    assert got["Message-ID"] == mail.message_id
    assert (await told.sending(telling)).state == "delivered"


async def test_after_three_days_it_has_failed(told: Told, sink: Sink) -> None:
    sink.later.add(told.address)
    telling = await told.ask(await told.said())
    await told.work()
    mail_id = (await told.sending(telling)).mail_id
    async with told.sessions.begin() as session:
        last = {"tries": 8, "next_try_at": now() - timedelta(seconds=1)}
        await session.execute(update(Mail).where(Mail.id == mail_id).values(**last))
    await told.work()
    assert (await told.sending(telling)).reason == "tries_exhausted"


async def test_a_mail_that_is_made_waits_when_sending_is_held(told: Told, sink: Sink) -> None:
    sink.later.add(told.address)
    telling = await told.ask(await told.said())
    await told.work()
    sink.later.clear()
    async with told.sessions.begin() as session:
        await session.execute(update(Mail).values(next_try_at=now()))
    await told.work(sending="hold")
    assert ((await told.sending(telling)).state, sink.to(told.address)) == ("mailed", [])


async def test_the_teller_reads_no_words_and_the_service_no_addresses(told: Told) -> None:
    async with told.sessions() as session:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await session.execute(text("SELECT text FROM feedback"))
    async with told.partner.state.sessions() as session:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await session.execute(text("SELECT sealed FROM contributors.contributor"))
