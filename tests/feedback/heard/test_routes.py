"""Who was heard: counted by quarters, by the role for contributors alone, and shown beside the census."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.feedback.codes import ReplyKeys
from services.feedback.counts.closing import close_next_month
from services.feedback.counts.folding import fold_changes
from services.feedback.counts.models import ClosedCount, ClosedMonth
from services.feedback.heard.closing import close_next_quarter
from services.feedback.heard.models import HeardCount, HeardQuarter
from services.feedback.settings import Settings
from shared import clock
from shared.clock import now
from shared.db import engine_to
from shared.disclosure import Rounding
from shared.events.registry import FootprintRegistered
from tests.feedback.examples import a_footprint, a_trust, give_feedback, tell
from tests.feedback.statements import counted_statements
from tests.fixtures.clients import ServiceClient

# A board of 2026 whose residents the census counts.
BOARD = "QHM"


@pytest.fixture
async def place(service: ServiceClient) -> FootprintRegistered:
    """A board that the census knows, of which nothing was said yet."""
    board = a_footprint(ods=BOARD)
    await tell(service, board)
    return board


@pytest.fixture
async def tellers(settings: Settings) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    """Sessions of the role that may count demographics."""
    engine = engine_to(settings.teller_database_url)
    yield async_sessionmaker(engine)
    await engine.dispose()


async def settle(
    service: ServiceClient,
    tellers: async_sessionmaker[AsyncSession],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Let the quarter pass in which everything was said."""
    at = now() + timedelta(days=150)
    async with service.state.sessions.begin() as session:
        for model in (HeardCount, HeardQuarter, ClosedCount, ClosedMonth):
            await session.execute(delete(model))
        while await fold_changes(session):
            pass
    closed = 1
    with monkeypatch.context() as later:
        later.setattr(clock.clock, "source", lambda: at)
        while closed:
            async with service.state.sessions.begin() as session:
                closed = await close_next_month(session, Rounding(), 28)
    closed = 1
    while closed:
        async with service.state.sessions.begin() as session, tellers.begin() as teller:
            closed = await close_next_quarter(session, teller, ReplyKeys(settings.reply_key))


async def heard(service: ServiceClient, place: UUID) -> dict[str, Any]:
    """The answer about a footprint, with its questions and groups by name."""
    answer = await service.get("/v1/who-we-heard", params={"footprint": str(place)})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    for question in found["questions"]:
        question["groups"] = {each["code"]: each for each in question["groups"]}
    found["questions"] = {each["question"]: each for each in found["questions"]}
    return found


async def test_shares_stand_beside_the_population_with_intervals_and_unknowns(
    service: ServiceClient,
    partner: ServiceClient,
    place: FootprintRegistered,
    tellers: async_sessionmaker[AsyncSession],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trust, about = a_trust(), {"footprint": str(place.footprint_id)}
    await tell(service, trust)
    women = {"sex": "female", "ethnic_group": "A", "carer": "prefer_not_to_say"}
    said = [
        await give_feedback(partner, trust.organisation_id, demographics=women, **about) for _ in range(21)
    ]
    for _ in range(3):
        await give_feedback(partner, trust.organisation_id, demographics={"sex": "male"}, **about)
    await give_feedback(partner, trust.organisation_id, kind="staff", demographics={"sex": "male"}, **about)
    await partner.post("/v1/replies/withdraw", json={"reply_code": said[0]["reply_code"]})
    assert (await heard(service, place.footprint_id))["people_at_least"] == 0
    await settle(service, tellers, settings, monkeypatch)
    found = await heard(service, place.footprint_id)
    assert len(found["quarters"]) >= 1
    assert found["people_at_least"] == 20
    female, male = (found["questions"]["sex"]["groups"][each] for each in ("female", "male"))
    assert (female["at_least"], male["at_least"], male["shown"]) == (20, 0, "held back")
    assert 0.3 < female["low"] < female["high"] <= 1
    assert (female["heard_less"], male["last_heard"]) == (False, None)
    assert female["last_heard"] in found["quarters"]
    assert 0.5 < female["population_share"] < 0.52
    white = found["questions"]["ethnic_group"]["groups"]["white_english_welsh_scottish_northern_irish_or"]
    assert white["at_least"] == 20
    assert found["questions"]["carer"]["prefer_not_to_say"] == 20
    assert found["questions"]["age_band"]["not_asked"] == 20
    # What happens later changes nothing.
    await partner.post("/v1/replies/withdraw", json={"reply_code": said[1]["reply_code"]})
    assert await heard(service, place.footprint_id) == found


async def test_only_the_role_for_contributors_counts_and_of_few_it_says_nothing(
    feedback_db: str, tellers: async_sessionmaker[AsyncSession], partner: ServiceClient, trust_id: UUID,
    settings: Settings,
) -> None:  # fmt: skip
    told = await give_feedback(partner, trust_id, demographics={"sex": "female"})
    pseudonym = ReplyKeys(settings.reply_key).pseudonym_of(UUID(told["id"]))
    connection = await asyncpg.connect(feedback_db)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT * FROM demographics.count_heard($1)", [pseudonym])
    finally:
        await connection.close()
    connection = await asyncpg.connect(settings.teller_database_url)
    try:
        assert await connection.fetch("SELECT * FROM demographics.count_heard($1)", [pseudonym]) == []
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT answers FROM demographics.demographics")
    finally:
        await connection.close()


async def test_an_unknown_place_has_no_census_and_nobody_heard(service: ServiceClient) -> None:
    place = a_footprint()
    await tell(service, place)
    found = await heard(service, place.footprint_id)
    assert found["questions"]["sex"]["groups"]["female"] == {
        "code": "female",
        "at_least": 0,
        "shown": "held back",
        "low": None,
        "high": None,
        "residents": None,
        "population_share": None,
        "heard_less": False,
        "last_heard": None,
    }


async def test_reading_costs_two_statements(
    service: ServiceClient, place: FootprintRegistered, monkeypatch: pytest.MonkeyPatch
) -> None:
    await heard(service, place.footprint_id)
    with counted_statements(service, monkeypatch) as executed:
        await heard(service, place.footprint_id)
    assert len(executed) == 2


async def test_no_row_of_a_quarter_is_small(service: ServiceClient) -> None:
    async with service.state.sessions() as session:
        kept = (await session.scalars(select(HeardCount.n).where(HeardCount.code != "cut"))).all()
    assert all(n >= 5 for n in kept)
