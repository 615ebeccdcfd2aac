import base64
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.audit.domain import Doer
from services.gateway.clients import domain, keys
from services.gateway.clients.domain import IssuedKey
from services.gateway.errors import TwoKeysLive
from services.gateway.models import Audit
from services.gateway.webhooks import domain as webhooks
from services.gateway.webhooks.addresses import AddressGuard
from services.gateway.webhooks.schemas import EndpointChange, NewEndpoint
from services.gateway.webhooks.signing import SecretSealer
from shared.auth import Actor, Caller
from shared.errors import KeyRequired, NotFound
from shared.ids import new_id
from shared.versions import Wanted
from tests.gateway.gateways import OPERATOR

SEAL_KEY = base64.b64encode(bytes(32)).decode()
SessionFor = Callable[[str], Awaitable[AsyncSession]]


@pytest.fixture
async def session(session_for: SessionFor) -> AsyncSession:
    return await session_for("gateway")


async def a_client(session: AsyncSession) -> IssuedKey:
    return await domain.make_client(
        session, OPERATOR, organisation_id=new_id(), team="digital", name="an app", scopes=["loop:read"]
    )


async def test_only_a_hash_of_the_secret_is_kept(session: AsyncSession) -> None:
    issued = await a_client(session)
    given = keys.parse_key(issued.text)
    assert given == (issued.key.id, issued.key.secret_sha256)
    assert issued.text.rpartition("_")[2].encode() not in issued.key.secret_sha256


async def test_every_change_of_keys_is_a_new_version(session: AsyncSession) -> None:
    client = (await a_client(session)).client
    assert client.version == 1
    second = await domain.make_key(session, OPERATOR, client.id)
    assert client.version == 2
    await domain.revoke_key(session, OPERATOR, client.id, second.key.id)
    assert client.version == 3
    await domain.revoke_key(session, OPERATOR, client.id, second.key.id)
    assert client.version == 3


async def test_a_third_live_key_is_refused(session: AsyncSession) -> None:
    client = (await a_client(session)).client
    await domain.make_key(session, OPERATOR, client.id)
    with pytest.raises(TwoKeysLive):
        await domain.make_key(session, OPERATOR, client.id)


async def test_an_ended_key_makes_room(session: AsyncSession) -> None:
    first = await a_client(session)
    await domain.make_key(session, OPERATOR, first.client.id)
    await domain.revoke_key(session, OPERATOR, first.client.id, first.key.id)
    assert await domain.make_key(session, OPERATOR, first.client.id)


async def test_a_key_is_ended_only_through_its_own_client(session: AsyncSession) -> None:
    one, other = await a_client(session), await a_client(session)
    with pytest.raises(NotFound):
        await domain.revoke_key(session, OPERATOR, one.client.id, other.key.id)
    assert other.key.revoked_at is None


async def test_what_is_not_there_is_not_found(session: AsyncSession) -> None:
    with pytest.raises(NotFound):
        await domain.find_client(session, new_id())
    with pytest.raises(NotFound):
        await domain.make_key(session, OPERATOR, new_id())


async def test_without_a_key_the_endpoints_of_a_client_are_disabled_until_another_enables_them(
    session: AsyncSession,
) -> None:
    issued = await a_client(session)
    client, guard, sealer = issued.client, AddressGuard(()), SecretSealer(SEAL_KEY)
    stolen = Caller(client.id, client.organisation_id, "digital", frozenset())
    endpoint = (await webhooks.create_endpoint(session, stolen, NewEndpoint(), guard, sealer)).endpoint
    other = await domain.make_key(session, OPERATOR, client.id)
    await domain.revoke_key(session, OPERATOR, client.id, issued.key.id)
    assert endpoint.enabled
    await domain.revoke_key(session, OPERATOR, client.id, other.key.id)
    assert endpoint.disabled_reason == "client_revoked"
    rows = select(Audit.actor).where(Audit.subject_id == endpoint.id, Audit.action == "endpoint_disabled")
    assert (await session.scalars(rows)).all() == ["operator-1"]
    with pytest.raises(KeyRequired):
        await webhooks.create_endpoint(session, stolen, NewEndpoint(), guard, sealer)
    caller = Caller(new_id(), client.organisation_id, "digital", frozenset())
    change, version = EndpointChange(enabled=True), Wanted(endpoint.version)
    enabled = await webhooks.update_endpoint(session, caller, endpoint.id, change, version, guard)
    assert (enabled.enabled, enabled.client_id) == (True, caller.client_id)


async def test_changes_are_put_on_record(session: AsyncSession) -> None:
    by = Doer(Caller(new_id(), new_id(), "ops", frozenset()), Actor("jd-17", "administrator"))
    client = (await a_client(session)).client
    made = await domain.make_key(session, by, client.id)
    await domain.revoke_key(session, by, client.id, made.key.id)
    await session.flush()
    mine = select(Audit).where(Audit.organisation_id == client.organisation_id).order_by(Audit.id)
    found = [
        (each.action, each.client_id, each.actor, each.actor_role, each.subject_id)
        for each in await session.scalars(mine)
    ]
    person = (by.caller.client_id, "jd-17", "administrator")
    assert found == [
        ("client_made", None, "operator-1", "operator", client.id),
        ("key_made", *person, made.key.id),
        ("key_revoked", *person, made.key.id),
    ]
