"""Small areas: what changed or came is merged."""

from pathlib import Path

from sqlalchemy import select, text

from services.registry.areas import SmallArea
from services.registry.imports.areas import load_small_areas
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor


async def test_a_small_area_that_changed_is_changed(
    imported: Settings, extract: Path, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    await session.execute(text("UPDATE small_area SET name = 'y' WHERE code = 'E01035617'"))
    found, _ = await load_small_areas(session, extract)
    assert (found["new"], found["changed"]) == (0, 1)
    name = await session.scalar(select(SmallArea.name).where(SmallArea.code == "E01035617"))
    assert name == "Newcastle upon Tyne 036A"
