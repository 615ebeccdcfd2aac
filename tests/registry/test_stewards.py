"""Who may write what."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import facts, lifetimes
from services.registry.bodies.schemas import Correction, Ending, NewFact
from services.registry.models import Body, Relation
from services.registry.settings import Settings
from services.registry.stewards import NotYourBody, is_writable_by, may_write, must_be_operator
from shared.auth import Caller
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry.writes import ACTOR, OPERATOR, WHY, asked, body_of, made, registered, steward

BOARD, OTHER_BOARD, REGION = "icb/QHM/2022-07-01", "icb/QOP/2022-07-01", "region/Y63"
MEMBER, LOCATION, OTHERS_MEMBER = "trust/RX6", "sub_icb/00L/2022-07-01", "trust/R0A"


async def of(session: AsyncSession, key: str) -> Caller:
    """Return a caller whose organisation is a body."""
    return Caller(client_id=new_id(), organisation_id=(await body_of(session, key)).id)


@pytest.mark.parametrize(
    ("own", "body", "may"),
    [
        (BOARD, BOARD, True),
        (BOARD, MEMBER, True),
        (BOARD, LOCATION, True),
        (BOARD, OTHERS_MEMBER, False),
        (BOARD, OTHER_BOARD, False),
        (BOARD, REGION, False),
        (BOARD, "stp/QHM/2018-06-08", False),
        (REGION, BOARD, True),
        (REGION, OTHER_BOARD, False),
        (REGION, MEMBER, False),
        (MEMBER, MEMBER, True),
        (MEMBER, BOARD, False),
        (MEMBER, OTHERS_MEMBER, False),
    ],
)
async def test_a_bodys_stewards_write_for_it_and_what_belongs_to_it(
    imported: Settings, session_for: SessionFor, own: str, body: str, may: bool
) -> None:
    session = await session_for("registry")
    caller, wanted = await of(session, own), await body_of(session, body)
    if may:
        await may_write(session, caller, wanted.id)
    else:
        with pytest.raises(NotYourBody):
            await may_write(session, caller, wanted.id)


async def test_all_bodies_of_a_change_have_to_be_theirs(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    caller = await of(session, BOARD)
    own, member, other = [(await body_of(session, key)).id for key in (BOARD, MEMBER, OTHERS_MEMBER)]
    await may_write(session, caller, own, member)
    with pytest.raises(NotYourBody):
        await may_write(session, caller, own, member, other)


async def test_the_operators_stewards_write_for_all(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    operator = Caller(client_id=new_id(), organisation_id=new_id(), scopes=frozenset({"operator"}))
    await may_write(session, operator, *[(await body_of(session, key)).id for key in (BOARD, MEMBER, REGION)])
    must_be_operator(operator)
    with pytest.raises(NotYourBody):
        must_be_operator(await of(session, BOARD))


@pytest.mark.parametrize("organisation_id", [None, new_id()], ids=["nobody", "unknown"])
async def test_who_acts_for_no_body_of_the_registry_writes_nothing(
    imported: Settings, session_for: SessionFor, organisation_id: UUID | None
) -> None:
    session = await session_for("registry")
    scopes = frozenset({"registry:read", "registry:write", "clients:admin"})
    stranger = Caller(client_id=new_id(), organisation_id=organisation_id, scopes=scopes)
    with pytest.raises(NotYourBody):
        await may_write(session, stranger, (await body_of(session, MEMBER)).id)
    with pytest.raises(NotYourBody):
        must_be_operator(stranger)


async def test_an_operator_that_is_a_body_still_writes_for_all(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    own = await of(session, BOARD)
    marked = Caller(own.client_id, own.organisation_id, scopes=frozenset({"operator"}))
    await may_write(session, marked, (await body_of(session, OTHERS_MEMBER)).id)
    must_be_operator(marked)


async def test_a_stranger_does_nothing_of_the_operators(
    registry: ServiceClient,
) -> None:
    scopes = ["registry:read", "registry:write", "clients:admin"]
    stranger = registry.as_(client_id=new_id(), organisation_id=new_id(), scopes=scopes)
    stranger.headers.update(ACTOR)
    lone = {"name": "Lone (invented)", "kind": "voluntary"} | WHY
    succession = {"effective_on": "2026-04-01"} | WHY
    for answer in (
        await stranger.post("/v1/organisations", json=lone),
        await stranger.post("/v1/successions", json=succession),
        await stranger.get("/v1/route/misroutes"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_your_body"), answer.text
        assert answer.json()["detail"] == "Only the stewards of Doorway's operator may do this: ask them."
    # The steward, and no stranger, sees what was suggested about everybody.
    path = "/v1/organisations/ods:RX6/suggestions"
    made = await registry.post(
        path, json={"what": "other", "value": "Signs"}, headers={"Doorway-Network": new_id().hex}
    )
    assert made.status_code == 201, made.text
    assert (await stranger.get(f"/v1/suggestions/{made.json()['id']}")).status_code == 404
    assert (await steward(registry).get(f"/v1/suggestions/{made.json()['id']}")).status_code == 200


async def test_what_belonged_to_it_once_does_not_any_more(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    board, trust = await body_of(session, BOARD), await body_of(session, OTHERS_MEMBER)
    caller = Caller(client_id=new_id(), organisation_id=board.id)
    link = Relation(from_id=trust.id, to_id=board.id, kind="member_of", source="test")
    link.valid_from, link.valid_to = date(2022, 7, 1), None
    session.add(link)
    await session.flush()
    await may_write(session, caller, trust.id)
    link.valid_to = date(2023, 1, 1)
    await session.flush()
    with pytest.raises(NotYourBody):
        await may_write(session, caller, trust.id)


async def test_a_relation_of_another_kind_gives_no_right(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    board, trust = await body_of(session, BOARD), await body_of(session, OTHERS_MEMBER)
    session.add(Relation(from_id=board.id, to_id=trust.id, kind="commissions", source="test"))
    await session.flush()
    with pytest.raises(NotYourBody):
        await may_write(session, Caller(client_id=new_id(), organisation_id=board.id), trust.id)


async def test_another_body_is_refused_before_its_version_is_looked_at(registry: ServiceClient) -> None:
    board = (await registry.get("/v1/footprints/ods:QHM")).json()["id"]
    given = {"fact": "name", "value": "Taken over", "valid_from": "2026-05-01", **WHY}
    refused = await steward(registry, board).post(
        "/v1/footprints/ods:QOP/facts", json=given, headers={"If-Match": '"999"'}
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_body")


async def test_a_boards_stewards_register_what_belongs_to_it_and_nothing_else(
    registry: ServiceClient,
) -> None:
    board = (await registry.get("/v1/footprints/ods:QHM")).json()["id"]
    client = steward(registry, board)
    found = await registered(client, footprint="ods:QHM", reason="They asked.", source="a letter of today")
    assert found["footprint"]["id"] == board
    for given in ({}, {"footprint": "ods:QOP"}):
        body = {"name": "Elsewhere (invented)", "kind": "voluntary", **given}
        refused = await client.post("/v1/organisations", json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_your_body")
    trust = (await registry.get("/v1/organisations/ods:RX6")).json()["id"]
    body = {"name": "Elsewhere (invented)", "kind": "voluntary", "footprint": "ods:QHM"}
    assert (await steward(registry, trust).post("/v1/organisations", json=body)).status_code == 403


COUNCIL, PARTLY_IN = "council/E06000063", ("icb/QHM/2022-07-01", "icb/QE1/2022-07-01")
OF_ALL_HOMES: tuple[dict[str, Any], ...] = (
    {"fact": "ons", "value": "E06099999", "valid_from": date(2026, 11, 1)},
    {"fact": "ods", "value": "999", "valid_on": date(2026, 11, 1)},
    {"fact": "opened_on", "value": "2023-04-01"},
    {"fact": "closed_on", "value": "2027-03-31"},
    {"closed_on": date(2027, 3, 31)},
)


async def change_as(session: AsyncSession, caller: Caller, key: str, given: dict[str, Any]) -> None:
    """Ask for a change of a body."""
    wanted = await asked(session, (await body_of(session, key)).id, caller)
    if "fact" not in given:
        await lifetimes.end_body(*wanted, Ending(**given, **WHY))
    elif "valid_from" in given:
        await facts.say_fact(*wanted, NewFact(**given, **WHY))
    else:
        await facts.correct_fact(*wanted, Correction(**given, **WHY))


@pytest.mark.parametrize("given", OF_ALL_HOMES)
@pytest.mark.parametrize("board", PARTLY_IN)
async def test_who_keeps_a_part_of_a_council_neither_closes_it_nor_changes_its_codes(
    imported: Settings, session_for: SessionFor, board: str, given: dict[str, Any]
) -> None:
    session = await session_for("registry")
    with pytest.raises(NotYourBody) as refused:
        await change_as(session, await of(session, board), COUNCIL, given)
    assert "other footprints" in refused.value.detail


@pytest.mark.parametrize("own", [COUNCIL, *PARTLY_IN])
async def test_each_home_of_a_council_and_itself_say_what_it_is_called(
    imported: Settings, session_for: SessionFor, own: str
) -> None:
    session = await session_for("registry")
    given = {"fact": "name", "value": "Cumberland (invented)", "valid_from": date(2026, 11, 1)}
    await change_as(session, await of(session, own), COUNCIL, given)


async def test_a_council_itself_says_when_it_closes_and_the_operator_too(
    imported: Settings, session_for: SessionFor
) -> None:
    for own in (COUNCIL, None):
        session = await session_for("registry")
        caller = await of(session, own) if own else OPERATOR
        trial = await session.begin_nested()
        await change_as(session, caller, COUNCIL, OF_ALL_HOMES[-1])
        await trial.rollback()


async def keeps_wholly(session: AsyncSession, caller: Caller, *ids: UUID) -> bool:
    """Tell whether a steward may do to all of these what concerns each of their footprints."""
    wanted = select(Body.id).where(Body.id.in_(ids), is_writable_by(caller, wholly=True))
    return set(await session.scalars(wanted)) == set(ids)


async def test_who_keeps_all_of_a_body_may_close_it(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    board, other = await body_of(session, BOARD), await body_of(session, OTHER_BOARD)
    caller = Caller(client_id=new_id(), organisation_id=board.id)
    own = await made(session, footprint="ods:QHM")
    location = (await body_of(session, LOCATION)).id
    assert await keeps_wholly(session, caller, own.id, location, board.id)
    link = Relation(from_id=other.id, to_id=location, kind="encloses", source="test")
    link.valid_from, link.valid_to = date(2022, 7, 1), date(2024, 1, 1)
    session.add(link)
    await session.flush()
    assert await keeps_wholly(session, caller, location)
    link.valid_to = None
    await session.flush()
    await may_write(session, caller, location)
    assert not await keeps_wholly(session, caller, location)
