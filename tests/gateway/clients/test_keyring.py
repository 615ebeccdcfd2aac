import asyncio
import time
from collections.abc import AsyncIterator
from hmac import compare_digest

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.gateway.clients import keyring
from services.gateway.clients.domain import revoke_key
from services.gateway.clients.keyring import Keyring, announce_change
from services.gateway.clients.keys import PresentedKey, key_text
from services.gateway.errors import KeyUnknown
from shared.db import make_engine, make_sessions
from shared.errors import Unavailable
from shared.ids import new_id
from tests.gateway.gateways import OPERATOR, Gateways, eventually


@pytest.fixture
async def engine(gateways: Gateways) -> AsyncIterator[AsyncEngine]:
    made = make_engine(gateways.settings())
    yield made
    await made.dispose()


async def test_a_key_is_known_with_its_caller(gateways: Gateways, engine: AsyncEngine) -> None:
    partner = await gateways.partner("feedback:write")
    async with Keyring(engine, gateways.settings()).running() as ring:
        known = await ring.identify(partner.key)
        assert (known.id, known.caller.client_id) == (partner.key_id, partner.id)
        assert (known.caller.organisation_id, known.caller.team) == (partner.organisation_id, "digital")
        assert known.caller.scopes == {"feedback:write"}


async def test_a_known_key_costs_no_question(gateways: Gateways, engine: AsyncEngine) -> None:
    partner, ring = await gateways.partner(), Keyring(engine, gateways.settings())
    await ring.check()
    checked = ring.checked_at
    await ring.identify(partner.key)
    assert ring.checked_at == checked


async def test_a_key_made_elsewhere_a_moment_ago_is_known(gateways: Gateways, engine: AsyncEngine) -> None:
    ring = Keyring(engine, gateways.settings())
    await ring.check()
    assert await ring.identify((await gateways.partner()).key)


async def test_a_flood_of_unknown_keys_asks_the_database_seldom(
    gateways: Gateways, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "MISS_SECONDS", 0.3)
    ring = Keyring(engine, gateways.settings())
    asked = 0
    check = ring.check

    async def counted() -> None:
        nonlocal asked
        asked += 1
        await check()

    monkeypatch.setattr(ring, "check", counted)
    await asyncio.gather(*(ring.check_for(PresentedKey(new_id(), bytes(32))) for _ in range(200)))
    assert asked <= 2


async def test_a_wrong_secret_costs_what_an_unknown_id_costs(
    gateways: Gateways, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner, revoked = await gateways.partner(), await gateways.partner()
    ring, done = Keyring(engine, gateways.settings()), list[str]()
    async with make_sessions(engine).begin() as session:
        await revoke_key(session, OPERATOR, revoked.id, revoked.key_id)
    await ring.check()
    check = ring.check

    async def noted() -> None:
        done.append("check")
        await check()

    def compared(one: bytes, other: bytes) -> bool:
        done.append(f"compare {len(one)} {len(other)}")
        return compare_digest(one, other)

    monkeypatch.setattr(ring, "check", noted)
    monkeypatch.setattr(keyring, "compare_digest", compared)
    for text in (
        key_text(new_id(), "0" * 48),
        key_text(partner.key_id, "0" * 48),
        key_text(revoked.key_id, "0" * 48),
        revoked.key,
    ):
        done.clear()
        with pytest.raises(KeyUnknown):
            await ring.identify(text)
        assert done == ["compare 32 32", "check", "compare 32 32"]
    done.clear()
    assert await ring.identify(partner.key)
    assert done == ["compare 32 32"]


async def test_a_revocation_is_heard_of_at_once(gateways: Gateways, engine: AsyncEngine) -> None:
    # So slow a comparison that only the notice can be in time.
    here, there = [await gateways.start(keys_checked_seconds=30) for _ in range(2)]
    admin, partner = await gateways.partner("clients:admin"), await gateways.partner()
    assert (await there.get("/v1/whoami", headers=partner.headers)).status_code == 200
    await eventually(lambda: listened_to_by(engine, 2))
    await here.delete(f"/v1/clients/{partner.id}/keys/{partner.key_id}", headers=admin.headers)
    revoked = time.monotonic()

    async def is_refused() -> bool:
        return (await there.get("/v1/whoami", headers=partner.headers)).status_code == 401

    await eventually(is_refused)
    assert time.monotonic() - revoked < 1


async def listened_to_by(engine: AsyncEngine, gateways: int) -> bool:
    """Tell whether so many gateways listen for changes of keys."""
    async with engine.connect() as connection:
        listening = await connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN \"keys\"'"
            " AND datname = current_database()"
        )
        return bool(listening.scalar_one() == gateways)


async def test_a_revocation_is_noticed_without_a_notice(gateways: Gateways, engine: AsyncEngine) -> None:
    admin, partner = await gateways.partner("clients:admin"), await gateways.partner()
    gateway = await gateways.start()
    ring = Keyring(engine, gateways.settings())
    comparing = asyncio.create_task(ring.keep_current())
    await ring.identify(partner.key)
    await gateway.delete(f"/v1/clients/{partner.id}/keys/{partner.key_id}", headers=admin.headers)

    async def is_revoked() -> bool:
        return ring.known[partner.key_id].revoked

    await eventually(is_revoked)
    comparing.cancel()


async def test_a_lost_connection_is_made_again(gateways: Gateways, engine: AsyncEngine) -> None:
    async with Keyring(engine, gateways.settings(keys_checked_seconds=0.05)).running() as ring:
        await eventually(lambda: listened_to_by(engine, 1))
        async with engine.connect() as connection:
            await connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query = 'LISTEN \"keys\"' AND datname = current_database()"
            )
        await eventually(lambda: listened_to_by(engine, 1))
        assert ring.age() < 1


async def test_a_revoked_key_is_recognised_for_the_audit(gateways: Gateways, engine: AsyncEngine) -> None:
    admin, partner = await gateways.partner("clients:admin"), await gateways.partner()
    gateway = await gateways.start()
    await gateway.delete(f"/v1/clients/{partner.id}/keys/{partner.key_id}", headers=admin.headers)
    ring = Keyring(engine, gateways.settings())
    await ring.check()
    with pytest.raises(KeyUnknown):
        await ring.identify(partner.key)
    recognised = ring.recognise(partner.key)
    assert recognised is not None
    assert recognised.caller.client_id == partner.id
    assert ring.recognise("nonsense") is None


async def test_keys_that_were_not_checked_for_long_let_nobody_in(
    gateways: Gateways, engine: AsyncEngine
) -> None:
    partner, ring = await gateways.partner(), Keyring(engine, gateways.settings(keys_stale_seconds=10))
    await ring.check()
    ring.checked_at -= 11
    with pytest.raises(Unavailable):
        await ring.identify(partner.key)


async def test_without_a_database_nothing_breaks(gateways: Gateways) -> None:
    settings = gateways.settings(database_url="postgresql://nobody@127.0.0.1:1/nothing")
    nowhere = make_engine(settings)
    async with Keyring(nowhere, settings).running() as ring:
        assert await ring.check_for(PresentedKey(new_id(), bytes(32))) is None
        await ring.refresh_everywhere()
    await announce_change(nowhere)
