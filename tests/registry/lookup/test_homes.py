"""Lookups of bodies by whom they belong to: across a border, without an address, or closed."""

from datetime import date
from typing import Any

import orjson
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.views import View
from services.registry.lookup.answers import AnswerCache
from services.registry.lookup.batches import look_up_many
from services.registry.lookup.domain import STAND_IN, look_up
from services.registry.lookup.placing import BodyNotPlaced
from services.registry.lookup.reading import place_query
from services.registry.lookup.schemas import PlaceGiven
from services.registry.models import Body, Relation
from services.registry.routing.places import find_surroundings
from services.registry.routing.schemas import RouteAsked
from services.registry.settings import Settings
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry.writes import body_of, made

DAY = date(2026, 11, 23)
IN_NEWCASTLE = "E01035617"
ACROSS = "The register names this board. The premises lie in the area of NHS North East and North Cumbria"


async def found_of(session: AsyncSession, ods: str, day: date = DAY) -> dict[str, Any]:
    """Return what a lookup finds of a body; as one of many it has to say the same."""
    found = orjson.loads(await look_up(session, place_query(PlaceGiven(ods=ods)), View(day), AnswerCache()))
    (listed,) = (await look_up_many(session, [f"ods:{ods}"], View(day))).results
    assert (listed.detail, listed.note) == (found["detail"], found["matched_by"]["note"])
    assert [orjson.loads(each.model_dump_json()) for each in listed.candidates] == found["candidates"]
    return dict(found)


async def a_practice(
    session: AsyncSession, ods: str, area: str | None, home: str | None = None, since: str = "2023-04-01"
) -> Body:
    """Return a practice of this test with its area, and its board if it has one."""
    new = await made(session, kind="gp_practice", ods=ods, footprint=home, valid_from=since)
    body = await session.get_one(Body, new.id)
    body.area = area
    await session.flush()
    return body


async def test_a_practice_across_a_border_is_of_the_board_that_its_register_names(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    await a_practice(session, "ZZZ01", IN_NEWCASTLE, "ods:QT1")
    found = await found_of(session, "ZZZ01")
    assert (found["footprint"]["codes"]["ods"], found["certain"]) == ("QT1", True)
    assert [each["footprint"]["codes"]["ods"] for each in found["candidates"]] == ["QT1"]
    assert found["matched_by"]["note"].startswith(ACROSS)
    council = {each["kind"]: each["code"] for each in found["areas"]}["local_authority"]
    assert council == "E08000021"
    asked = RouteAsked.model_validate({"matter": "complaint", "place": {"ods": "ZZZ01"}})
    around = await find_surroundings(session, asked, View(DAY), AnswerCache())
    assert [each.codes.ods for each in around.bodies["board"]] == ["QT1"]


async def test_a_practice_within_its_board_has_nothing_to_explain(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    await a_practice(session, "ZZZ02", IN_NEWCASTLE, "ods:QHM")
    found = await found_of(session, "ZZZ02")
    assert (found["footprint"]["codes"]["ods"], found["matched_by"]["note"]) == ("QHM", None)


async def test_before_it_had_a_board_its_premises_decide(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    await a_practice(session, "ZZZ03", IN_NEWCASTLE, "ods:QT1")
    assert (await found_of(session, "ZZZ03", date(2022, 9, 1)))["footprint"]["codes"]["ods"] == "QHM"


async def test_a_trust_without_address_is_where_its_board_is(registry: ServiceClient) -> None:
    for day in ("2024-01-01", "2026-11-23"):
        found = (await registry.post("/v1/lookup", json={"ods": "TAH", "as_of": day})).json()
        assert (found["footprint"]["codes"]["ods"], found["certain"]) == ("QF7", True)
        assert found["matched_by"]["note"] == STAND_IN


async def test_a_practice_that_closed_with_its_group_is_where_that_was(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    body = await a_practice(session, "ZZZ04", None, since="2014-04-01")
    with pytest.raises(BodyNotPlaced):
        await found_of(session, "ZZZ04")
    body.closed_on = date(2018, 3, 31)
    group = await body_of(session, "ccg/13T/2013-04-01")
    days = {"valid_from": body.opened_on, "valid_to": body.closed_on}
    session.add(Relation(from_id=body.id, to_id=group.id, kind="member_of", source="a test", **days))
    await session.flush()
    found = await found_of(session, "ZZZ04")
    assert found["footprint"]["codes"]["ods"] == "QHM"
    assert found["matched_by"]["note"] == f"This body closed on 31 March 2018. {STAND_IN}"
    body.is_closing_day_known = False
    await session.flush()
    note = (await found_of(session, "ZZZ04"))["matched_by"]["note"]
    assert note.startswith("This body had closed by 31 March 2018.")
    assert "closed" not in (await found_of(session, "ZZZ04", date(2018, 3, 31)))["matched_by"]["note"]


async def test_councils_in_several_boards_stay_where_their_residents_are(registry: ServiceClient) -> None:
    answer = await registry.post("/v1/lookup", json={"council": "E10000030", "as_of": "2024-01-01"})
    found = answer.json()
    assert len(found["candidates"]) > 1
    assert found["matched_by"]["note"] is None
