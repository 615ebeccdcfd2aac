"""The bodies that the registry has when an import starts."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.facts import BodyFacts, Catalogue, Dated
from services.registry.imports.files import Origin
from services.registry.imports.footprints import icb_key, stp_key
from services.registry.imports.known import adopt_bodies, find_registered
from services.registry.models import Body, BodyCode
from services.registry.settings import Settings
from shared.clock import now, today
from shared.ids import new_id
from tests.fixtures.databases import SessionFor

KEY = "trust/RZZ"


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    """Return a session on a registry that knows the extract."""
    return await session_for("registry")


async def test_files_may_refer_to_what_is_known(session: AsyncSession) -> None:
    found = await find_registered(session, {"footprint_partners_2019.csv"})
    board = found[icb_key("QRL")]
    assert [code.value for code in board.ons] == ["E54000042", "E54000067"]
    assert [edition.value for edition in board.boundaries] == ["ICB2022", "ICB2023", "ICB2026"]
    assert (board.is_known, board.at.file) == (True, "icb_2026.csv")
    # Of the files that are there, they say themselves what it belongs to.
    assert stp_key("QVP") not in found["trust/RTD"].member_elsewhere
    everything = await find_registered(session, set())
    assert stp_key("QVP") in everything["trust/RTD"].member_elsewhere


async def is_adopted(session: AsyncSession, kind: str = "nhs_trust", **columns: object) -> bool:
    """Whether a body that a steward registered is taken for the one in a file."""
    body = Body(id=new_id(), kind=kind, is_footprint=False, is_organisation=True, source="test", **columns)
    body.key = f"hand/{body.id}"
    session.add(body)
    await session.flush()
    session.add(BodyCode(body_id=body.id, scheme="ons", code="E99"))
    await session.flush()
    registered = await find_registered(session, set())
    catalogue = Catalogue()
    catalogue.add(
        BodyFacts(KEY, "nhs_trust", "test", Origin("a.csv", 2), ods=[Dated("RZZ")], ons=[Dated("E99")])
    )
    adopt_bodies(registered, catalogue)
    assert body.key not in registered or KEY not in registered
    return KEY in registered and registered[KEY].id == body.id


async def test_a_body_with_the_code_is_the_one_that_is_meant(session: AsyncSession) -> None:
    assert await is_adopted(session)


async def test_a_body_of_another_kind_is_not(session: AsyncSession) -> None:
    assert not await is_adopted(session, "gp_practice")


async def test_a_body_that_closed_was_withdrawn_or_is_invented_is_not(session: AsyncSession) -> None:
    assert not await is_adopted(session, closed_on=today())
    assert not await is_adopted(session, withdrawn_at=now())
    assert not await is_adopted(session, demonstration=True)


def test_what_files_say_of_an_adopted_body_under_its_old_key_goes_with_it() -> None:
    hand = BodyFacts("hand/1", "nhs_trust", "test", Origin("", 0), is_known=True, ods=[Dated("RZZ")])
    registered, at = {hand.key: hand}, Origin("a.csv", 2)
    catalogue = Catalogue(registered)
    catalogue.find(hand.key, "trust").reach("phone", "0191", "headquarters", today(), "test", at)
    own = catalogue.add(BodyFacts(KEY, "nhs_trust", "test", at, ods=[Dated("RZZ")]))
    adopt_bodies(registered, catalogue)
    assert (list(catalogue.bodies), list(registered)) == ([KEY], [KEY])
    assert [each.says["value"] for each in own.claims] == ["0191"]
