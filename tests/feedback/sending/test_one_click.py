"""Each mail can be stopped with one click (RFC 8058), by whoever got it and in no other way."""

import re
from typing import Any
from uuid import UUID

import httpx2
import pytest

from services.feedback.codes import ReplyKeys
from shared.ids import new_id
from tests.feedback.sending.sink import Sink
from tests.feedback.sending.tellers import Told
from tests.fixtures.clients import ServiceClient

# Longer than a line of a header may be before it is folded.
PUBLIC_URL = "https://doorway.feedback.a-board-with-a-long-name.nhs.example/some/path"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


async def mail_to(told: Told, sink: Sink, said: dict[str, Any]) -> Any:
    """The last mail that told somebody of what they said."""
    await told.ask(said)
    await told.work(public_url=PUBLIC_URL)
    return sink.to(told.address)[-1]


def stop_path_of(mail: Any) -> str:
    """The path of the address that stops mail."""
    found = re.fullmatch(
        rf"<{re.escape(PUBLIC_URL)}(/v1/replies/unsubscribe/[0-9a-f]{{64}})>", mail["List-Unsubscribe"]
    )
    assert found
    return found[1]


async def test_a_mail_says_how_it_is_stopped_and_nothing_of_whom_it_went_to(told: Told, sink: Sink) -> None:
    said = await told.said()
    mail = await mail_to(told, sink, said)
    token = stop_path_of(mail).rpartition("/")[2]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    keys = ReplyKeys(told.settings.reply_key)
    sent = (await told.sending(await told.ask(said))).person_ref
    hidden = [
        said["reply_code"],
        await told.mailed_code(said),
        said["id"],
        sent,
        keys.person_ref_of(told.address),
    ]
    plain = token.replace("-", "").upper()
    assert not [each for each in hidden if each and each.replace("-", "").upper() in plain]


@pytest.mark.parametrize("public_url", ["", "http://127.0.0.1:8080"])
async def test_without_https_a_mail_promises_no_click(told: Told, sink: Sink, public_url: str) -> None:
    await told.ask(await told.said())
    await told.work(public_url=public_url)
    [mail] = sink.to(told.address)
    assert (mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"]) == (None, None)


@pytest.mark.parametrize("form", ["urlencoded", "multipart"])
async def test_one_click_stops_all_mail_to_the_address(
    told: Told, sink: Sink, service: ServiceClient, form: str
) -> None:
    path = stop_path_of(await mail_to(told, sink, await told.said())) + "?utm_source=mail&utm_source=again"
    sent: dict[str, Any] = (
        {"data": ONE_CLICK}
        if form == "urlencoded"
        else {"files": {k: (None, v) for k, v in ONE_CLICK.items()}}
    )
    answers = [await service.post(path, **sent) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 200]
    assert "You will get no more mail" in answers[0].text
    other = await told.ask(await told.said())
    await told.work(public_url=PUBLIC_URL)
    assert (await told.sending(other)).reason == "suppressed"
    assert len(sink.to(told.address)) == 1


async def test_looking_at_the_address_changes_nothing(told: Told, sink: Sink, service: ServiceClient) -> None:
    path = stop_path_of(await mail_to(told, sink, await told.said()))
    for method in ("GET", "HEAD"):
        shown = await service.request(method, path)
        assert (shown.status_code, shown.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert 'name="List-Unsubscribe" value="One-Click"' in (await service.get(path)).text
    for body in ({}, {"List-Unsubscribe": "yes"}, {"x": "One-Click"}):
        refused = await service.post(path, data=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "no_one_click")
    await mail_to(told, sink, await told.said())
    assert len(sink.to(told.address)) == 2


async def test_a_token_that_is_none_gets_the_same_answer_and_stops_nothing(
    told: Told, sink: Sink, service: ServiceClient
) -> None:
    path = stop_path_of(await mail_to(told, sink, await told.said()))
    start, _, token = path.rpartition("/")
    mail_id = UUID(token[:32])
    strange = [
        f"{start}/{new_id().hex}{token[32:]}",
        f"{start}/{mail_id.hex}{'0' * 32}",
        f"{start}/{mail_id}",
        f"{start}/{token[:-2]}",
        f"{start}/x",
        f"{start}/%C3%A9",
    ]
    answers: list[httpx2.Response] = [await service.post(each, data=ONE_CLICK) for each in strange]
    await mail_to(told, sink, await told.said())
    assert len(sink.to(told.address)) == 2
    known = await service.post(path, data=ONE_CLICK)
    assert {(each.status_code, each.text) for each in answers} == {(known.status_code, known.text)}


async def test_a_click_stops_mail_to_the_address_that_got_it_and_to_no_later_one(
    told: Told, sink: Sink, service: ServiceClient
) -> None:
    path = stop_path_of(await mail_to(told, sink, await told.said(external_id="1")))
    elsewhere = {"channel": "email", "address": f"x{told.address}"}
    later = await told.said(external_id="1", text="Other words.", contributor=elsewhere)
    assert (await service.post(path, data=ONE_CLICK)).status_code == 200
    await told.ask(later)
    await told.work(public_url=PUBLIC_URL)
    assert len(sink.to(f"x{told.address}")) == 1


async def test_a_click_after_erasure_finds_nobody(told: Told, sink: Sink, service: ServiceClient) -> None:
    said = await told.said()
    path = stop_path_of(await mail_to(told, sink, said))
    wish = {"reply_code": said["reply_code"], "erase": True}
    assert (await told.partner.post("/v1/replies/withdraw", json=wish)).status_code == 200
    assert (await service.post(path, data=ONE_CLICK)).status_code == 200
    await mail_to(told, sink, await told.said())
    assert len(sink.to(told.address)) == 2
