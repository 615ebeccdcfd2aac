"""Bodies close, are found not to have closed, and opened on another day than was said."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from services.registry.bodies import facts, lifetimes
from services.registry.bodies.domain import find_body
from services.registry.bodies.errors import ClosedAlready
from services.registry.bodies.schemas import Correction, Ending
from services.registry.ledger.views import View
from services.registry.models import Body, BodyCode, Boundary, Change, LegalForm, Relation
from services.registry.settings import Settings
from shared.clock import today
from shared.errors import Invalid
from shared.events.registry import OrganisationChanged
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry.footprints.test_routes import listed
from tests.registry.writes import WHY, asked, body_of, change, registered, steward

BOARD, MERGED, PRACTICES = "icb/QHM/2022-07-01", "icb/QNQ/2022-07-01", "gp_practice"


@pytest.fixture
async def body(registry: ServiceClient) -> dict[str, Any]:
    """Return a body of the test's own: a member of a board, with a code and a legal form."""
    codes = {"ods": "ZZ950", "legal_form": "charity", "footprint": "ods:QHM"}
    client = steward(registry)
    known = await registry.get("/v1/organisations/ods:ZZ950")
    if known.status_code == 200:
        path = f"/v1/organisations/{known.json()['id']}"
        await change(client, path, "corrections", fact="ods", value=None)
    return await registered(client, **codes)


def path_of(body: dict[str, Any]) -> str:
    """Return the path of a body."""
    return f"/v1/organisations/{body['id']}"


async def test_what_is_said_of_a_body_ends_with_it(registry: ServiceClient, body: dict[str, Any]) -> None:
    answer = await change(steward(registry), path_of(body), "ending", closed_on="2024-06-30")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["valid_to"], found["name"], found["legal_form"]) == ("2024-06-30", body["name"], "charity")
    assert found["codes"]["ods"] == "ZZ950"
    assert found["left"] == [{"what": "member_of", "count": 1}]
    said = [each for each in await listed(registry, f"{path_of(body)}/history") if not each["superseded_at"]]
    assert {each["valid_to"] for each in said} == {"2024-06-30"}
    assert {each["fact"] for each in said} == {"name", "ods", "legal_form", "member_of"}
    members = await listed(registry, "/v1/footprints/ods:QHM/members", as_of="2024-06-30", type="voluntary")
    assert body["id"] in {each["id"] for each in members}


async def test_a_body_closes_once(registry: ServiceClient, body: dict[str, Any]) -> None:
    client = steward(registry)
    await change(client, path_of(body), "ending", closed_on="2024-06-30")
    again = await change(client, path_of(body), "ending", closed_on="2024-07-31")
    assert (again.status_code, again.json()["code"]) == (409, "closed_already")


async def test_a_body_may_be_declared_to_close(registry: ServiceClient, body: dict[str, Any]) -> None:
    answer = await change(steward(registry), path_of(body), "ending", closed_on="2099-03-31")
    assert answer.json()["valid_to"] == "2099-03-31"
    found = await listed(registry, "/v1/organisations", ods="ZZ950")
    assert [each["id"] for each in found] == [body["id"]]


async def test_that_it_closed_can_be_taken_back(registry: ServiceClient, body: dict[str, Any]) -> None:
    client = steward(registry)
    await change(client, path_of(body), "ending", closed_on="2024-06-30")
    answer = await change(client, path_of(body), "corrections", fact="closed_on", value=None)
    assert answer.status_code == 200, answer.text
    changed = {"version", "as_of"}
    before = {name: value for name, value in body.items() if name not in changed}
    assert {name: value for name, value in answer.json().items() if name not in changed} == before
    said = [each for each in await listed(registry, f"{path_of(body)}/history") if not each["superseded_at"]]
    assert {each["valid_to"] for each in said} == {None}


async def test_it_closed_on_another_day(registry: ServiceClient, body: dict[str, Any]) -> None:
    client = steward(registry)
    await change(client, path_of(body), "ending", closed_on="2024-06-30")
    for day in ("2024-12-31", "2024-01-31"):
        answer = await change(client, path_of(body), "corrections", fact="closed_on", value=day)
        assert answer.json()["valid_to"] == day
        said = await listed(registry, f"{path_of(body)}/history")
        assert {each["valid_to"] for each in said if not each["superseded_at"]} == {day}


async def test_it_opened_on_another_day(registry: ServiceClient, body: dict[str, Any]) -> None:
    client = steward(registry)
    for day in ("2018-04-01", "2023-04-01"):
        answer = await change(client, path_of(body), "corrections", fact="opened_on", value=day)
        assert answer.json()["valid_from"] == day, answer.text
        said = await listed(registry, f"{path_of(body)}/history")
        starts = {each["fact"]: each["valid_from"] for each in said if not each["superseded_at"]}
        # Its board had not opened in 2018.
        assert starts == dict.fromkeys(("name", "ods", "legal_form"), day) | {
            "member_of": max(day, "2022-07-01")
        }


@pytest.mark.parametrize("day", ["2019-12-31", "2023-06-30"])
async def test_it_does_not_close_before_it_opened_or_before_what_is_said_begins(
    registry: ServiceClient, body: dict[str, Any], day: str
) -> None:
    client = steward(registry)
    await change(client, path_of(body), "facts", fact="name", value="New", valid_from="2024-01-01")
    answer = await change(client, path_of(body), "ending", closed_on=day)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/closed_on")


async def test_it_does_not_open_after_it_closed_or_after_what_was_said_ended(
    registry: ServiceClient, body: dict[str, Any]
) -> None:
    client = steward(registry)
    await change(client, path_of(body), "facts", fact="name", value="New", valid_from="2021-01-01")
    await change(client, path_of(body), "ending", closed_on="2024-06-30")
    for day in ("2024-07-01", "2022-01-01"):
        answer = await change(client, path_of(body), "corrections", fact="opened_on", value=day)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/value")


async def test_the_members_of_a_closing_board_are_told_of(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    board, trust = await body_of(session, BOARD), await body_of(session, "trust/RX6")
    told, left = await lifetimes.end_body(
        *await asked(session, board.id), Ending(closed_on=date(2026, 10, 31), **WHY)
    )
    counts = {each.what: each.count for each in left}
    assert counts["member_of"] > 20
    assert counts["encloses"] > 5
    assert told.id == board.id
    links = select(Relation.valid_to).where(
        Relation.from_id == trust.id, Relation.to_id == board.id, Relation.superseded_at.is_(None)
    )
    assert (await session.scalars(links)).all() == [date(2026, 10, 31)]
    heard = select(Change.type).where(Change.record_id == trust.id).order_by(Change.position.desc())
    assert await session.scalar(heard) == OrganisationChanged.type
    acts = select(Change.act_id).where(
        Change.record_id.in_([trust.id, board.id]), Change.reason == WHY["reason"]
    )
    assert len(set(await session.scalars(acts))) == 1
    edition = select(Boundary.valid_to).where(Boundary.body_id == board.id, Boundary.superseded_at.is_(None))
    assert date(2026, 10, 31) in (await session.scalars(edition)).all()
    assert (await session.scalars(select(Body.dated_by_hand).where(Body.id == board.id))).one()
    reopened = Correction(fact="closed_on", value=None, **WHY)
    await facts.correct_fact(*await asked(session, board.id), reopened)
    assert (await session.scalars(links)).all() == [None]
    assert (await session.scalars(edition)).all().count(None) == 1


@pytest.mark.parametrize(
    ("key", "given", "pointer"),
    [
        (MERGED, {"fact": "closed_on", "value": "2026-06-30"}, "/value"),
        (MERGED, {"fact": "closed_on", "value": None}, "/value"),
        ("icb/S0E4D/2026-04-01", {"fact": "opened_on", "value": "2026-05-01"}, "/value"),
    ],
)
async def test_what_a_declared_succession_says_is_corrected_there(
    imported: Settings, session_for: SessionFor, key: str, given: dict[str, Any], pointer: str
) -> None:
    session = await session_for("registry")
    body = await body_of(session, key)
    with pytest.raises(Invalid) as refused:
        await facts.correct_fact(*await asked(session, body.id), Correction(**given, **WHY))
    assert refused.value.errors[0].pointer == pointer


async def test_a_footprint_closes_on_the_day_before_its_declared_succession(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    board, other = await body_of(session, BOARD), await body_of(session, "icb/QOP/2022-07-01")
    link = Relation(from_id=board.id, to_id=other.id, kind="succeeded_by", share=1.0, source="test")
    link.valid_from = date(2027, 4, 1)
    session.add(link)
    await session.flush()
    for day in (date(2027, 3, 30), date(2027, 4, 1)):
        with pytest.raises(Invalid) as refused:
            await lifetimes.end_body(*await asked(session, board.id), Ending(closed_on=day, **WHY))
        assert refused.value.errors[0].pointer == "/closed_on"
    await lifetimes.end_body(*await asked(session, board.id), Ending(closed_on=date(2027, 3, 31), **WHY))
    with pytest.raises(ClosedAlready):
        await lifetimes.end_body(*await asked(session, board.id), Ending(closed_on=date(2027, 3, 31), **WHY))


async def test_a_group_whose_closing_is_not_in_the_data_can_be_given_its_day(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    group = await body_of(session, "ccg/00L/2013-04-01")
    given = Correction(fact="closed_on", value="2021-03-31", **WHY)
    told = await facts.correct_fact(*await asked(session, group.id), given)
    row = await find_body(session, str(told.id), View(max(today(), told.valid_from or date.min)), "any")
    assert (row.valid_to, row.ods, row.legal_form) == (
        date(2021, 3, 31),
        "00L",
        "clinical commissioning group",
    )
    for model in (BodyCode, LegalForm):
        ends = select(model.valid_to).where(model.body_id == group.id, model.superseded_at.is_(None))
        assert set(await session.scalars(ends)) == {date(2021, 3, 31)}
