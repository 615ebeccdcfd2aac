"""Whatever merges and splits are declared, nobody is lost; and whatever is withdrawn leaves no trace."""

import random
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.views import NOW, is_in_force
from services.registry.mergers.domain import correct, declare, withdraw
from services.registry.models import Body, BodyCode, Boundary
from services.registry.settings import Settings
from shared.ids import new_id
from shared.versions import Wanted
from tests.fixtures.databases import SessionFor
from tests.registry.mergers.examples import ACT, DAY, EVE, all_that_is_said, link, merger, new_act


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    return await session_for("registry")


async def open_boards(session: AsyncSession) -> list[str]:
    """Return the ODS codes of the boards that are open."""
    wanted = select(BodyCode.code).join(Body, Body.id == BodyCode.body_id)
    wanted = wanted.where(Body.kind == "icb", Body.closed_on.is_(None), Body.withdrawn_at.is_(None))
    held = wanted.where(BodyCode.scheme == "ods", is_in_force(BodyCode, EVE, NOW)).order_by(BodyCode.code)
    return list(await session.scalars(held))


async def all_residents(session: AsyncSession, day: date) -> int:
    """Return how many residents all boards have on a day."""
    wanted = select(func.sum(Boundary.residents)).join(Body, Body.id == Boundary.body_id)
    wanted = wanted.where(Body.kind == "icb", Body.withdrawn_at.is_(None), is_in_force(Boundary, day, NOW))
    return await session.scalar(wanted) or 0


def parts(draw: random.Random, count: int) -> list[float]:
    """Return shares that add up to one."""
    cuts = sorted(draw.sample(range(1, 10), count - 1))
    return [(until - since) / 10 for since, until in zip([0, *cuts], [*cuts, 10], strict=True)]


def drawn(seed: int, boards: list[str]) -> dict[str, Any]:
    """Return mergers, splits and a passed area, drawn by a seed."""
    draw = random.Random(seed)
    chosen = draw.sample(boards, draw.randint(3, 8))
    closing, staying = chosen[:-2], chosen[-2:]
    new = [{"name": f"NHS {n} (invented)", "ods": f"N9N{n}"} for n in range(draw.randint(0, 3))]
    heirs = [str(each["ods"]) for each in new] + staying
    links = []
    for number, board in enumerate(closing):
        # Each new board has a predecessor.
        first = [heirs[number % len(heirs)]]
        others = [each for each in heirs if each not in first]
        taking = first + draw.sample(others, draw.randint(0, len(others)))
        shares = parts(draw, len(taking))
        links += [link(board, heir, share) for heir, share in zip(taking, shares, strict=True)]
    used = {each["successor"].removeprefix("ods:") for each in links}
    if draw.random() < 0.5:
        links.append(link(staying[0], staying[1], 0.1, kind="area_passed_to"))
    return {"links": links, "successors": [each for each in new if each["ods"] in used]}


@pytest.mark.parametrize("seed", range(8))
async def test_nobody_is_lost_and_a_withdrawal_leaves_no_trace(session: AsyncSession, seed: int) -> None:
    boards = await open_boards(session)
    before, residents = await all_that_is_said(session), await all_residents(session, EVE)
    made = await declare(session, merger(**drawn(seed, boards)), ACT)
    opened = {each.id for each in made.opened}
    assert await all_residents(session, EVE) == residents
    assert await all_residents(session, DAY) == pytest.approx(residents, abs=20)
    corrected = await correct(
        session, made.id or new_id(), merger(**drawn(seed + 100, boards)), Wanted(1), new_act()
    )
    opened |= {each.id for each in corrected.opened}
    assert await all_residents(session, DAY) == pytest.approx(residents, abs=20)
    await withdraw(session, made.id or new_id(), Wanted(2), new_act())
    assert {each for each in await all_that_is_said(session) if opened.isdisjoint(each)} == before
    assert await all_residents(session, DAY) == residents
