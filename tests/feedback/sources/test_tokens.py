"""Schemes that show the secret: it is taken only where its scheme has it, and never told again."""

import asyncio
import base64
import json
import logging
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.feedback.errors import SignatureRefused
from services.feedback.sources.scheme_schemas import TokenSettings
from services.feedback.sources.tokens import CREDENTIALS, verify_token
from tests.feedback.sources.conftest import Settle
from tests.feedback.sources.senders import PAYLOAD, a_source
from tests.fixtures.clients import ServiceClient

SECRET = "an-invented-secret-of-a-sender"
JSON = {"content-type": "application/json"}
BODY = json.dumps(PAYLOAD).encode()


def basic(name: str, password: str) -> str:
    """The value of an Authorization header."""
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


# The scheme, its settings, and the headers that show a secret.
SCHEMES: list[tuple[str, dict[str, Any] | None, Any]] = [
    ("bearer", None, lambda secret: {CREDENTIALS: f"Bearer {secret}"}),
    ("fixed-header", {"header": "X-Api-Key"}, lambda secret: {"x-api-key": secret}),
    ("fixed-header", {"header": "X-Key", "prefix": "key="}, lambda secret: {"x-key": f"key={secret}"}),
    ("basic", {"username": "survey"}, lambda secret: {CREDENTIALS: basic("survey", secret)}),
]


@pytest.mark.parametrize(("scheme", "token", "headers"), SCHEMES)
async def test_a_secret_that_is_shown_lets_a_payload_in(
    service: ServiceClient, owner: ServiceClient, scheme: str, token: Any, headers: Any
) -> None:
    sender = await a_source(service, owner, scheme=scheme, token=token)
    assert (sender.source["told_apart_by"], sender.source["retry_minutes"]) == ("post", 0)
    assert len(sender.secret) == 64
    taken = await sender.post(BODY, **JSON, **headers(sender.secret))
    assert taken.status_code == 202, taken.text
    shown: dict[str, str]
    for shown in (headers("x" + sender.secret[1:]), headers(""), headers(sender.secret + " x"), {}):
        refused = await sender.post(BODY, **JSON, **shown)
        assert (refused.status_code, refused.json()["code"]) == (401, "signature_refused")
        assert sender.secret not in refused.text
    path = f"{sender.source['hook']}/{sender.secret}"
    assert (await service.post(path, content=BODY, headers=JSON)).status_code == 401
    assert (await service.get(path)).status_code == 404


@pytest.mark.parametrize(("scheme", "token", "headers"), SCHEMES)
async def test_the_old_secret_is_shown_for_the_overlap(
    service: ServiceClient, owner: ServiceClient, scheme: str, token: Any, headers: Any
) -> None:
    sender = await a_source(service, owner, scheme=scheme, token=token, secret=SECRET)
    rotate = f"{sender.path}/rotate-secret"
    fresh = replace(sender, secret=(await owner.post(rotate, json={})).json()["secret"])
    assert [
        (await each.post(BODY, **JSON, **headers(each.secret))).status_code for each in (sender, fresh)
    ] == [202, 202]
    newest = (await owner.post(rotate, json={"overlap_hours": 0})).json()["secret"]
    codes = [
        (await sender.post(BODY, **JSON, **headers(each))).status_code
        for each in (SECRET, fresh.secret, newest)
    ]
    assert codes == [401, 401, 202]


async def test_a_secret_path_is_the_whole_address(service: ServiceClient, owner: ServiceClient) -> None:
    sender = await a_source(service, owner, scheme="secret-path")
    hook = f"/v1/hooks/{sender.source['id']}"
    assert sender.source["hook"] == f"{hook}/{sender.secret}"
    assert (await owner.get(sender.path)).json()["hook"] == f"{hook}/{{secret}}"
    assert (await sender.post(BODY, **JSON)).status_code == 202
    assert (await service.get(sender.source["hook"])).status_code == 200
    assert (await service.head(sender.source["hook"])).status_code == 200
    for wrong in (hook, f"{hook}/{'0' * 64}", f"{hook}/{sender.secret[:-1]}"):
        assert (await service.post(wrong, content=BODY, headers=JSON)).status_code == 401, wrong
    assert (await service.get(f"{hook}/{'0' * 64}")).status_code == 404
    rotated = (await owner.post(f"{sender.path}/rotate-secret", json={"overlap_hours": 0})).json()["secret"]
    assert (await sender.post(BODY, **JSON)).status_code == 401
    assert (await service.post(f"{hook}/{rotated}", content=BODY, headers=JSON)).status_code == 202


async def test_the_secret_of_an_address_stands_nowhere_else(
    service: ServiceClient,
    owner: ServiceClient,
    settle_all: Settle,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    sender = await a_source(service, owner, scheme="secret-path")
    broken = sender.source["hook"][:-1] + "!"
    answers = [
        await sender.post(BODY, **JSON),
        await sender.post(b"{", **JSON),
        await service.post(broken, content=BODY, headers=JSON),
        await service.post(f"{sender.source['hook']}/more", content=BODY, headers=JSON),
        await service.put(sender.source["hook"], content=BODY, headers=JSON),
        await service.get(sender.source["hook"]),
        await service.get("/metrics"),
    ]
    await settle_all()
    answers += [await owner.get(f"{sender.path}{each}") for each in ("", "/attempts", "/quarantine")]
    captured = capfd.readouterr()
    # The client of the tests logs what it asks for; nothing of ours does.
    logged = [each.getMessage() for each in caplog.records if not each.name.startswith("httpx2")]
    told = " ".join([*(each.text for each in answers), captured.out, captured.err, *logged])
    start = sender.secret[:20]
    assert "/v1/hooks/{source_id}/{secret}" in captured.err
    assert start not in told
    async with service.state.sessions() as session:
        for table in ("outbox", "source_refusal", "source", "source_received", "source_quarantined"):
            rows = await (await session.connection()).exec_driver_sql(f"SELECT t::text FROM {table} t")  # noqa: S608 # a name of ours
            assert not [row for (row,) in rows if start in row]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"scheme": "fixed-header"}, "token.header"),
        ({"scheme": "basic"}, "token.username"),
        ({"scheme": "bearer", "token": {"header": "X-Key"}}, "token.header"),
        ({"scheme": "bearer", "token": {"prefix": "x"}}, "token.prefix"),
        ({"scheme": "secret-path", "token": {"username": "survey"}}, "token.username"),
        ({"scheme": "basic", "token": {"username": "a:b"}}, "pattern"),
        ({"scheme": "standard-webhooks", "token": {}}, "give token only with"),
        ({"scheme": "fixed-header", "token": {"header": "Authorization"}}, "another use"),
        ({"scheme": "fixed-header", "token": {"header": "X-Real-IP"}}, "never arrives"),
        ({"scheme": "bearer", "token": {"message_id_expression": "a["}}, "Not a JMESPath"),
        ({"scheme": "secret-path", "secret": SECRET}, "always made here"),
    ],
)
async def test_settings_that_do_not_fit_are_refused(owner: ServiceClient, fields: Any, says: str) -> None:
    refused = await owner.post("/v1/sources", json={"name": "Survey"} | fields)
    assert refused.status_code == 422
    assert says in refused.text


async def test_settings_are_changed_within_their_scheme(service: ServiceClient, owner: ServiceClient) -> None:
    sender = await a_source(service, owner, scheme="fixed-header", token={"header": "X-Key"})
    match = {"If-Match": '"1"'}
    for changes in ({"token": {"username": "x"}}, {"hmac": {"header": "X-A"}}):
        assert (await owner.patch(sender.path, json=changes, headers=match)).status_code == 422
    changes = {"token": {"header": "X-Other", "message_id_expression": "id"}}
    changed = (await owner.patch(sender.path, json=changes, headers=match)).json()
    assert changed["told_apart_by"] == "field"
    assert (await sender.post(BODY, **JSON, **{"x-other": sender.secret})).json()["outcome"] == "new"


@pytest.mark.parametrize(
    ("token", "told_apart_by", "again", "other"),
    [
        ({"message_id_header": "X-Id"}, "unsigned_id", "repeat", 409),
        ({"message_id_expression": "id"}, "field", "repeat", "revision"),
        ({"retry_minutes": 5}, "post", "repeat", "new"),
        ({}, "post", "new", "new"),
    ],
)
async def test_messages_are_told_apart_by_what_the_source_names(
    service: ServiceClient, owner: ServiceClient, token: Any, told_apart_by: str, again: str, other: Any
) -> None:
    sender = await a_source(service, owner, scheme="bearer", token=token)
    assert sender.source["told_apart_by"] == told_apart_by
    headers = {**JSON, "x-id": "m-1", CREDENTIALS: f"Bearer {sender.secret}"}
    first = await sender.post(BODY, **headers)
    second = await sender.post(BODY, **headers)
    third = await sender.post(BODY.replace(b"nurse", b"doctor"), **headers)
    assert (first.json()["outcome"], second.json()["outcome"]) == ("new", again)
    assert other in (third.status_code, third.json().get("outcome"))


async def test_the_same_at_the_same_moment_is_stored_once(
    service: ServiceClient, owner: ServiceClient
) -> None:
    sender = await a_source(service, owner, scheme="secret-path", token={"message_id_expression": "id"})
    answers = await asyncio.gather(*(sender.post(BODY, **JSON) for _ in range(8)))
    assert sorted(each.json()["outcome"] for each in answers) == ["new", *["repeat"] * 7]


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_header_raises_anything_but_the_refusal(shown: str, secret: str) -> None:
    for scheme, token, _ in SCHEMES:
        settings = TokenSettings.model_validate(token or {})
        for value in (shown, f"Basic {shown}", f"Bearer  {shown}", basic("survey", shown)):
            headers = {CREDENTIALS: value, "x-api-key": value, "x-key": value}
            with pytest.raises(SignatureRefused):
                verify_token(scheme, settings, [f"{secret}|{shown}|"], headers, shown)  # type: ignore[arg-type] # from a table
