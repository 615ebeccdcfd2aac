"""The same key and body take effect once."""

import asyncio

import pytest
from sqlalchemy import func, select, text

from shared.idempotency import erase_answers
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient, lifespan
from tests.shared.small_service import create_app
from tests.shared.thing import Thing


@pytest.fixture
async def client(probe, servers):
    app = create_app(probe)
    caller = {"client_id": new_id(), "scopes": ["loop:write"]}
    async with lifespan(app), ServiceClient(app, "loop", servers.secrets, **caller) as found:
        yield found


def once(key="k-1"):
    return {"Idempotency-Key": key}


async def count(sessions):
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(Thing))


async def test_a_repeat_gets_the_same_answer_and_makes_nothing(client, sessions):
    first = await client.post("/things", json={"name": "a"}, headers=once())
    again = await client.post("/things", json={"name": "a"}, headers=once())
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert await count(sessions) == 1


async def test_an_answer_is_erased_with_what_it_shows_and_nothing_is_done_again(client, sessions):
    made = [await client.post("/things", json={"name": each}, headers=once(each)) for each in ("a", "b")]
    async with sessions.begin() as session:
        await erase_answers(session, [made[0].json()["id"]])
    again = await client.post("/things", json={"name": "a"}, headers=once("a"))
    assert (again.status_code, again.json()["code"]) == (410, "answer_erased")
    other = await client.post("/things", json={"name": "c"}, headers=once("a"))
    assert other.json()["code"] == "idempotency_key_reused"
    kept = await client.post("/things", json={"name": "b"}, headers=once("b"))
    assert (kept.status_code, kept.content) == (201, made[1].content)
    assert await count(sessions) == 2


async def test_the_same_key_for_another_body_is_refused(client, sessions):
    await client.post("/things", json={"name": "a"}, headers=once())
    other = await client.post("/things", json={"name": "b"}, headers=once())
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await count(sessions) == 1


async def test_another_client_may_use_the_same_key(client, sessions):
    await client.post("/things", json={"name": "a"}, headers=once())
    async with client.as_(client_id=new_id(), scopes=["loop:write"]) as other:
        assert (await other.post("/things", json={"name": "a"}, headers=once())).status_code == 201
    assert await count(sessions) == 2


async def test_a_refused_request_does_not_use_up_its_key(client):
    assert (await client.post("/things", json={}, headers=once())).status_code == 422
    assert (await client.post("/things", json={"name": "a"}, headers=once())).status_code == 201


async def test_twenty_at_once_make_one(client, sessions):
    sent = [client.post("/things", json={"name": "a"}, headers=once()) for _ in range(20)]
    answers = await asyncio.gather(*sent)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await count(sessions) == 1


async def test_a_key_may_be_used_again_after_a_day(client, sessions):
    await client.post("/things", json={"name": "a"}, headers=once())
    async with sessions.begin() as session:
        await session.execute(text("UPDATE idempotency SET created_at = now() - interval '25 hours'"))
    later = await client.post("/things", json={"name": "b"}, headers=once())
    assert (later.status_code, later.json()["name"]) == (201, "b")


async def test_nothing_readable_is_kept(client, sessions):
    await client.post("/things", json={"name": "a-name-to-look-for"}, headers=once("a-key-to-look-for"))
    async with sessions() as session:
        row = str((await session.execute(text("SELECT idempotency.* FROM idempotency"))).one())
    assert "to-look-for" not in row


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_a_key_is_bounded(client, key):
    refused = await client.post("/things", json={"name": "a"}, headers=once(key))
    assert refused.status_code == 422
