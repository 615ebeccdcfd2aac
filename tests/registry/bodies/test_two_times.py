"""Whatever is said of a body in whatever order: what was answered once can be asked for again."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import facts, lifetimes
from services.registry.bodies.domain import find_body
from services.registry.bodies.errors import NotOpenYet
from services.registry.bodies.facts import SLOTS
from services.registry.bodies.history import ever_said
from services.registry.bodies.records import facts_of
from services.registry.bodies.schemas import Correction, Ending, NewFact
from services.registry.ledger.views import View
from services.registry.models import Body
from services.registry.settings import Settings as RegistrySettings
from shared.clock import now
from shared.errors import Problem
from tests.fixtures.databases import SessionFor
from tests.registry.writes import WHY, asked, made

DAY = timedelta(days=1)
DAYS = [date(year, 1, 1) for year in range(2019, 2031)]
day = st.sampled_from(DAYS)
slot = st.sampled_from(sorted(SLOTS))
VALUES = {
    "name": ["Open Doors", "Wide Open Doors"],
    "legal_form": ["charity", "company"],
    "ods": ["ZZ930", "ZZ931"],
    "ons": ["Z93000001", "Z93000002"],
}


@st.composite
def said(draw: Any) -> NewFact:
    """Draw something new."""
    fact = draw(slot)
    return NewFact(fact=fact, value=draw(st.sampled_from(VALUES[fact])), valid_from=draw(day), **WHY)


@st.composite
def corrected(draw: Any) -> Correction:
    """Draw a correction of a fact: of its value, of its days, or of its ever having been so."""
    fact = draw(slot)
    value = st.one_of(st.none(), st.sampled_from(VALUES[fact]))
    parts = {"value": value, "valid_from": st.one_of(day, st.none()), "valid_to": st.one_of(day, st.none())}
    sent = draw(st.lists(st.sampled_from(sorted(parts)), unique=True, min_size=1))
    return Correction(fact=fact, valid_on=draw(day), **{name: draw(parts[name]) for name in sent}, **WHY)


@st.composite
def dated(draw: Any) -> Correction:
    """Draw a correction of when a body opened or closed."""
    fact = draw(st.sampled_from(["opened_on", "closed_on"]))
    return Correction(fact=fact, value=draw(st.one_of(day.map(str), st.none())), **WHY)


ended = st.builds(Ending, closed_on=day, reason=st.just("It closed."), source=st.just("its letter"))
STEPS = st.lists(st.one_of(said(), corrected(), dated(), ended), min_size=1, max_size=8)
FAMILY = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


async def take(session: AsyncSession, body_id: UUID, step: Any) -> None:
    """Take a step as a request does: wholly, or not at all."""
    try:
        async with session.begin_nested():
            if isinstance(step, NewFact):
                await facts.say_fact(*await asked(session, body_id), step)
            elif isinstance(step, Ending):
                await lifetimes.end_body(*await asked(session, body_id), step)
            else:
                await facts.correct_fact(*await asked(session, body_id), step)
    except Problem:
        session.expire_all()


async def seen(session: AsyncSession, body_id: UUID, instant: datetime | None = None) -> list[Any]:
    """Return what is answered about a body on each of many days."""
    return [await seen_on(session, body_id, View(each, instant)) for each in DAYS]


async def seen_on(session: AsyncSession, body_id: UUID, view: View) -> Any:
    """Return what is answered about a body on a day."""
    try:
        row = await find_body(session, str(body_id), view, "any")
    except NotOpenYet as error:
        return error.code
    return row.name, row.legal_form, row.ods, row.ons, row.valid_from, row.valid_to


async def recorded(session: AsyncSession, body_id: UUID) -> set[tuple[Any, ...]]:
    """Return all that was ever recorded about a body."""
    rows = ever_said(body_id).c
    wanted = select(rows.fact, rows.value, rows.valid_from, rows.valid_to, rows.recorded_at)
    return {tuple(row) for row in await session.execute(wanted)}


@pytest.fixture
async def session(imported: RegistrySettings, session_for: SessionFor) -> AsyncSession:
    """Return one session for all examples: they would wait for one another's changes."""
    return await session_for("registry")


@FAMILY
@given(STEPS)
async def test_what_was_answered_can_be_asked_for_again(session: AsyncSession, steps: Sequence[Any]) -> None:
    example = await session.begin_nested()
    body_id = (await made(session, name="First Door", ods="ZZ929")).id
    answers: list[tuple[datetime, list[Any]]] = [(now(), await seen(session, body_id))]
    ever = await recorded(session, body_id)
    for step in steps:
        await take(session, body_id, step)
        answers.append((now(), await seen(session, body_id)))
        kept = await recorded(session, body_id)
        assert ever <= kept
        ever = kept
        await must_be_in_order(session, body_id)
    for instant, answer in answers:
        assert await seen(session, body_id, instant) == answer
    await example.rollback()


async def must_be_in_order(session: AsyncSession, body_id: UUID) -> None:
    """Hold that no two facts of a slot overlap, that none reaches beyond the body, and that it has a name."""
    body = (await session.scalars(select(Body).where(Body.id == body_id))).one()
    opened, closed = body.opened_on or date.min, body.closed_on or date.max
    for each in SLOTS.values():
        rows = await facts_of(session, body_id, each.model, each.scheme)
        assert all(row.first_day <= row.last_day for row in rows)
        assert all(opened <= row.first_day and row.last_day <= closed for row in rows)
        pairs = list(pairwise(rows))
        assert all(one.last_day < other.first_day for one, other in pairs)
        if each is SLOTS["name"]:
            assert (rows[0].first_day, rows[-1].last_day) == (opened, closed)
            assert all(one.last_day + DAY == other.first_day for one, other in pairs)
