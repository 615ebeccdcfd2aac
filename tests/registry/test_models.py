"""The tables hold what the documents promise."""

import pytest
from sqlalchemy import insert, inspect
from sqlalchemy.exc import IntegrityError

from services.registry.areas import ConstituencyException, Postcode
from services.registry.models import Base, Body
from tests.fixtures.databases import SessionFor


def test_a_postcode_stands_beside_nothing_but_its_area() -> None:
    holders = [table.name for table in Base.metadata.tables.values() if "postcode" in table.columns]
    assert set(holders) == {"postcode", "constituency_exception"}
    assert set(inspect(Postcode).columns.keys()) == {"postcode", "area", "is_live"}
    assert set(inspect(ConstituencyException).columns.keys()) == {"postcode", "constituency"}


async def test_a_natural_key_names_one_body(session_for: SessionFor) -> None:
    session = await session_for("registry")
    body = {
        "key": "twice",
        "kind": "voluntary",
        "is_footprint": False,
        "is_organisation": True,
        "source": "test",
    }
    with pytest.raises(IntegrityError):
        await session.execute(insert(Body), [body, body])
