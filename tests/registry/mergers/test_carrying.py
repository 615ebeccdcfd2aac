"""What belongs to a board that closes goes on with its successor."""

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import find_body
from services.registry.bodies.errors import CodeTaken
from services.registry.ledger.acts import Act, ChangedMeanwhile, Ledger, bodies_of, facts_of_act
from services.registry.ledger.views import NOW, View, is_in_force
from services.registry.mergers.carrying import carry_out
from services.registry.mergers.plan import plan_merger
from services.registry.models import Body, BodyName, Relation
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor
from tests.registry.mergers.examples import (
    DAY,
    EVE,
    TABLES,
    before_bodies_are_locked,
    board,
    is_lock,
    link,
    merger,
)
from tests.registry.relations.moving import move_trust
from tests.registry.writes import body_of, made

ACT = Act("The boards decided so (invented).", "the boards' papers (invented)")


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    return await session_for("registry")


async def members(session: AsyncSession, council: str, day: date) -> dict[str, float | None]:
    """Return in which footprints a council lies on a day, with its shares."""
    body = await find_body(session, f"ons:{council}", View(EVE), "organisation")
    rows = await session.execute(
        select(BodyName.name, Relation.share)
        .join(BodyName, BodyName.body_id == Relation.to_id)
        .join(Body, Body.id == Relation.to_id)
        .where(Relation.from_id == body.id, Relation.kind == "member_of", Body.is_footprint)
        .where(is_in_force(Relation, day, NOW), is_in_force(BodyName, day, NOW))
    )
    return {name.removeprefix("NHS ").removesuffix(" Integrated Care Board"): share for name, share in rows}


async def test_a_council_in_both_is_wholly_in_the_one_that_stays(session: AsyncSession) -> None:
    plan = await plan_merger(session, merger(successors=[], links=[link("QE1", "QHM")]), {})
    await carry_out(Ledger(session, ACT), plan)
    here, gone = "North East and North Cumbria", "Lancashire and South Cumbria"
    assert await members(session, "E06000063", EVE) == {here: 0.9688, gone: 0.0312}
    assert await members(session, "E06000063", DAY) == {here: 1.0}


async def test_locations_and_the_region_go_on_too(session: AsyncSession) -> None:
    plan = await plan_merger(session, merger(links=[link("QHM", "N9N1A"), link("QWO", "N9N1A")]), {})
    await carry_out(Ledger(session, ACT), plan)
    [new] = plan.opened
    rows = await session.execute(
        select(Body.kind, Relation.kind)
        .join(Relation, (Relation.from_id == Body.id) | (Relation.to_id == Body.id))
        .where(
            (Relation.to_id == new) | (Relation.from_id == new),
            Body.id != new,
            is_in_force(Relation, DAY, NOW),
        )
    )
    kinds = {tuple(row) for row in rows}
    assert {("nhs_region", "encloses"), ("nhs_trust", "member_of"), ("sub_icb_location", "encloses")} <= kinds


async def test_who_is_to_join_a_board_later_joins_its_successor_then(session: AsyncSession) -> None:
    trust = await body_of(session, "trust/RX6")
    await move_trust(session, trust.id, "QOP", date(2029, 7, 1))
    plan = await plan_merger(session, merger(links=[link("QOP", "N9N1A")]), {})
    await carry_out(Ledger(session, ACT), plan)
    await session.execute(text("SET CONSTRAINTS one_board IMMEDIATE"))
    [new] = plan.opened
    wanted = select(Relation).where(Relation.from_id == trust.id, Relation.to_id == new)
    assert [each.valid_from for each in await session.scalars(wanted)] == [date(2029, 7, 1)]


async def test_what_a_plan_writes_carries_its_act(session: AsyncSession) -> None:
    plan = await plan_merger(session, merger(), {})
    await carry_out(Ledger(session, ACT), plan)
    facts = await facts_of_act(session, ACT.id)
    brought = [each for each in facts if each.act_id == ACT.id and each.superseded_at is None]
    assert {each.recorded_at for each in brought} == {each.superseded_at for each in facts} - {None}
    assert {each.imported for each in brought} == {False}
    assert bodies_of(brought) >= {*plan.opened, *plan.closing}
    assert {type(each).__name__ for each in brought} == {each.__name__ for each in TABLES}


async def test_a_relation_that_is_made_meanwhile_is_not_left_behind(session: AsyncSession) -> None:
    plan = await plan_merger(session, merger(), {})
    closing, trust = await board(session, "QHM", EVE), await body_of(session, "trust/R0A")
    joins = text(
        "INSERT INTO relation (from_id, to_id, kind, source, recorded_at, imported)"
        " VALUES (:trust, :board, 'member_of', 'test', now(), false)"
    ).bindparams(trust=trust.id, board=closing.id)
    connection = (await session.connection()).sync_connection
    with (
        before_bodies_are_locked(connection, lambda held: held.execute(joins)),
        pytest.raises(ChangedMeanwhile),
    ):
        await carry_out(Ledger(session, ACT), plan)


async def test_codes_are_held_after_bodies_as_everywhere(session: AsyncSession) -> None:
    connection = (await session.connection()).sync_connection
    with before_bodies_are_locked(connection, lambda _: None) as sent:
        await carry_out(Ledger(session, ACT), await plan_merger(session, merger(), {}))
    bodies = [n for n, each in enumerate(sent) if is_lock(each)]
    codes = [n for n, each in enumerate(sent) if "pg_advisory_xact_lock" in each]
    assert len(codes) == 2
    assert max(bodies) < min(codes)


async def test_a_code_that_somebody_took_meanwhile_is_taken(session: AsyncSession) -> None:
    plan = await plan_merger(session, merger(), {})
    await made(session, ods="N9N1A")
    with pytest.raises(CodeTaken):
        await carry_out(Ledger(session, ACT), plan)


async def test_a_predecessor_that_is_something_to_its_successor_leaves_it_nothing_to_itself(
    session: AsyncSession,
) -> None:
    old, heir = await board(session, "QE1", EVE), await board(session, "QHM", EVE)
    session.add(Relation(from_id=old.id, to_id=heir.id, kind="commissions", source="test"))
    plan = await plan_merger(session, merger(successors=[], links=[link("QE1", "QHM")]), {})
    await carry_out(Ledger(session, ACT), plan)
    own = select(Relation.kind).where(Relation.from_id == heir.id, Relation.to_id == heir.id)
    assert (await session.scalars(own)).all() == []
