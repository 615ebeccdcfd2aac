"""What every change of a body begins and ends with."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from services.registry.bodies.errors import CodeTaken
from services.registry.bodies.writing import begin, refuse_taken
from services.registry.ledger.acts import Reasoned
from services.registry.models import Body, BodyName
from services.registry.settings import Settings
from services.registry.stewards import NotYourBody
from shared.auth import Caller
from shared.clock import now
from shared.errors import NotFound, VersionStale
from shared.ids import new_id
from shared.versions import Wanted
from tests.fixtures.databases import SessionFor
from tests.registry.writes import WHY, asked, body_of, made

REASONED = Reasoned(**WHY)


async def test_all_that_one_act_says_has_one_instant(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    body = await made(session)
    work = await begin(*await asked(session, body.id), REASONED)
    wanted = select(BodyName).where(BodyName.body_id == body.id)
    row = (await session.scalars(wanted)).one()
    work.ledger.restate(row, valid_to=date(2024, 1, 1))
    other = BodyName(body_id=body.id, name="Other", valid_from=date(2024, 1, 2))
    work.ledger.say(other)
    await work.publish()
    rows = (await session.scalars(wanted)).all()
    assert {each.recorded_at for each in rows if each.superseded_at is None} == {work.ledger.at}
    assert {each.superseded_at for each in rows} == {None, work.ledger.at}
    assert {each.act_id for each in rows if each.superseded_at is None} == {work.ledger.act.id}
    work.ledger.withdraw(other)
    assert other.superseded_at == work.ledger.at


async def test_rights_come_before_the_version(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    body, board = await made(session), await body_of(session, "icb/QOP/2022-07-01")
    change, ref, role = await asked(session, body.id)
    with pytest.raises(VersionStale):
        await begin(replace(change, version=Wanted(99)), ref, role, REASONED)
    change, ref, role = await asked(session, body.id, Caller(client_id=new_id(), organisation_id=board.id))
    with pytest.raises(NotYourBody):
        await begin(replace(change, version=Wanted(99)), ref, role, REASONED)


async def test_a_withdrawn_body_is_not_changed(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    body = await made(session)
    change, ref, role = await asked(session, body.id)
    (await session.get_one(Body, body.id)).withdrawn_at = now()
    await session.flush()
    for absent in (ref, str(new_id()), "ods:ZZZZ"):
        with pytest.raises(NotFound):
            await begin(change, absent, role, REASONED)


async def test_a_code_is_taken_on_the_days_on_which_somebody_has_it(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    trust = await body_of(session, "trust/RX6")
    codes = [("ods", "RX6")]
    for since, until in ((None, None), (date(2024, 1, 1), date(2024, 1, 1))):
        with pytest.raises(CodeTaken):
            await refuse_taken(session, codes, since, until)
    await refuse_taken(session, codes, date(2000, 1, 1), date(2000, 12, 31))
    await refuse_taken(session, codes, None, None, but=trust.id)
    await refuse_taken(session, [], None, None)
