"""Contacts that were known by a day."""

from datetime import date

from sqlalchemy import select

from services.registry.contacts.queries import contacts_of, known_by
from services.registry.ledger.views import View
from services.registry.models import Body
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor


async def test_contacts_are_known_from_the_day_of_their_source(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    body = (await session.scalars(select(Body.id).where(Body.key == "stp/QVP/2016-03-15"))).one()
    assert await contacts_of(session, [body], View(date(2018, 6, 6))) == []
    assert {each.channel for each in await contacts_of(session, [body], View(date(2018, 6, 7)))} == {
        "email",
        "web",
    }
    assert len((await session.scalars(known_by(body, View(date(2018, 6, 7))))).all()) == 2
