"""Bodies that a steward registered before a file knew them."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.adopting import adopt
from services.registry.imports.facts import BodyFacts, Catalogue, Dated
from services.registry.imports.known import everything_known
from services.registry.imports.sources import Origin
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


async def adopted(session: AsyncSession, kind: str = "nhs_trust", **columns: object) -> bool:
    """Tell whether a body that was registered by hand is taken for the one in a file."""
    body = Body(id=new_id(), kind=kind, is_footprint=False, is_organisation=True, source="test", **columns)
    body.key = f"hand/{body.id}"
    session.add(body)
    await session.flush()
    session.add(BodyCode(body_id=body.id, scheme="ons", code="E99"))
    await session.flush()
    known = await everything_known(session)
    catalogue = Catalogue()
    catalogue.add(
        BodyFacts(KEY, "nhs_trust", "test", Origin("a.csv", 2), ods=[Dated("RZZ")], ons=[Dated("E99")])
    )
    adopt(catalogue, known)
    assert body.key not in known.bodies or KEY not in known.bodies
    return KEY in known.bodies and known.bodies[KEY].id == body.id


async def test_a_body_with_the_code_is_the_one_that_is_meant(session: AsyncSession) -> None:
    assert await adopted(session)


async def test_a_body_of_another_kind_is_not(session: AsyncSession) -> None:
    assert not await adopted(session, "gp_practice")


async def test_a_body_that_closed_was_withdrawn_or_is_invented_is_not(session: AsyncSession) -> None:
    assert not await adopted(session, closed_on=today())
    assert not await adopted(session, withdrawn_at=now())
    assert not await adopted(session, demonstration=True)
