"""Writing bodies in bulk."""

from datetime import date

from sqlalchemy import select

from services.registry.imports.facts import BodyFacts, Catalogue, Dated
from services.registry.imports.store import store
from services.registry.models import Body, BodyName, Relation
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor

KEY = "voluntary/test of the store"


def catalogue(name: str, *, closed_on: date | None = None) -> Catalogue:
    """Return a catalogue of two bodies, one a member of the other."""
    made = Catalogue()
    other = made.add(BodyFacts(f"{KEY} too", "voluntary", "test", names=[Dated("Other")]))
    body = made.add(BodyFacts(KEY, "voluntary", "test", closed_on=closed_on, names=[Dated(name)]))
    body.relate(other.key, "member_of", (None, None), "test")
    return made


async def test_new_changed_and_unchanged_bodies_are_told_apart(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    assert await store(session, catalogue("First")) == {"new": 2, "changed": 0, "unchanged": 0}
    assert await store(session, catalogue("First")) == {"new": 0, "changed": 0, "unchanged": 2}
    assert await store(session, catalogue("Second")) == {"new": 0, "changed": 1, "unchanged": 1}


async def test_a_change_replaces_what_was_known_and_keeps_the_id(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    await store(session, catalogue("First"))
    wanted = select(Body).where(Body.key == KEY).execution_options(populate_existing=True)
    before = (await session.scalars(wanted)).one()
    first = (before.id, before.version)
    await store(session, catalogue("Second", closed_on=date(2026, 1, 1)))
    after = (await session.scalars(wanted)).one()
    assert (after.id, after.version) == (first[0], first[1] + 1)
    assert after.closed_on == date(2026, 1, 1)
    names = select(BodyName.name).where(BodyName.body_id == after.id)
    assert (await session.scalars(names)).all() == ["Second"]
    links = select(Relation).where(Relation.from_id == after.id)
    assert len((await session.scalars(links)).all()) == 1


async def test_what_the_files_do_not_name_stays(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    await store(session, catalogue("First"))
    assert (await store(session, Catalogue())) == {"new": 0, "changed": 0, "unchanged": 0}
    assert (await session.scalars(select(Body).where(Body.key == KEY))).one()
