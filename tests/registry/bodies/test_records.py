"""What is read of a body before it is changed."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import records
from services.registry.ledger.acts import lock_bodies
from services.registry.models import Body, BodyCode, Relation
from services.registry.settings import Settings
from shared.db import locked
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry.writes import body_of, made, registered, steward

Lock = Callable[[AsyncSession, Collection[UUID]], Awaitable[Any]]
BOARD, MERGED = "icb/QHM/2022-07-01", "icb/QNQ/2022-07-01"


async def test_facts_come_in_the_order_of_days(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    body = await body_of(session, "stp/QVP/2016-03-15")
    codes = await records.facts_of(session, body.id, BodyCode, "ons")
    assert [(each.code, each.valid_to) for each in codes if isinstance(each, BodyCode)] == [
        ("E54000001", date(2017, 3, 31)),
        ("E54000046", date(2018, 6, 7)),
    ]
    kinds = {type(each).__name__ for each in await records.all_said_of(session, [body.id])}
    assert kinds == {"BodyName", "BodyCode", "LegalForm", "Boundary", "Relation"}


async def test_successions_are_no_relations_that_end(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    merged = await body_of(session, MERGED)
    said = await records.all_said_of(session, [merged.id])
    kinds = {each.kind for each in said if isinstance(each, Relation)}
    assert kinds == {"member_of", "encloses"}
    assert await records.succession_of(session, merged) == date(2026, 4, 1)
    heir = await body_of(session, "icb/S0E4D/2026-04-01")
    assert await records.is_successor_from(session, heir, heir.opened_on)
    assert not await records.is_successor_from(session, heir, date(2026, 5, 1))
    assert await records.succession_of(session, heir) is None


async def test_those_that_lead_to_a_body_are_locked_with_it(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    board, trust = await body_of(session, BOARD), await body_of(session, "trust/RX6")
    related = await records.related_to(session, board.id)
    assert trust.id in related
    assert set(await lock_bodies(session, {board.id, trust.id})) == {board.id, trust.id}


async def test_when_bodies_opened_and_close(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    both = {key: (await body_of(session, key)).id for key in (BOARD, MERGED)}
    found = await records.bodies(session, both.values())
    assert {each.opened_on for each in found.values()} == {date(2022, 7, 1)}
    closed = {body: each.closed_on for body, each in found.items()}
    assert closed == {both[BOARD]: None, both[MERGED]: date(2026, 3, 31)}
    assert await records.bodies(session, []) == {}


async def holder(session: AsyncSession, since: date, until: date | None) -> object:
    """Return who has a code on days."""
    return await records.holder_of(session, "ods", "00L", since, until)


async def test_a_code_has_one_holder_at_a_time(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    group, place = [await body_of(session, key) for key in ("ccg/00L/2013-04-01", "sub_icb/00L/2022-07-01")]
    assert await holder(session, date(2016, 1, 1), date(2022, 6, 30)) == group.id
    assert await holder(session, date(2022, 7, 1), None) == place.id
    assert await holder(session, date(2010, 1, 1), date(2013, 3, 31)) is None


async def test_doors_that_are_left_are_counted(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    trust, body = await body_of(session, "trust/RX6"), await made(session)
    assert (await records.count_left(session, trust.id, date(2026, 1, 1)))["contact"] >= 1
    assert await records.count_left(session, body.id, date(2026, 1, 1)) == {"appointment": 0, "contact": 0}


async def as_one(session: AsyncSession, ids: Collection[UUID]) -> None:
    for each in ids:
        await locked(session, Body, each)


@pytest.mark.parametrize("lock", [as_one, lock_bodies])
async def test_what_refers_to_a_locked_body_need_not_wait(registry: ServiceClient, lock: Lock) -> None:
    body = UUID((await registered(steward(registry)))["id"])
    async with registry.state.sessions.begin() as session, asyncio.timeout(20):
        await lock(session, [body])
        suggested = {"what": "name", "value": "Door Openers"}
        made = await registry.post(f"/v1/organisations/{body}/suggestions", json=suggested)
        assert made.status_code == 201, made.text
