"""A practice or a trust is a member of one board at a time, whoever writes."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.footprints import STP_OPENED
from services.registry.models import Relation
from services.registry.settings import Settings
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry.relations.test_routes import related
from tests.registry.writes import body_of, change, registered, steward, version_of

MEMBER = {"kind": "member_of", "to": "ods:QHM", "valid_from": "2023-04-01"}
QHM = "NHS North East and North Cumbria Integrated Care Board (ods:QHM)"


@pytest.fixture
async def path(registry: ServiceClient) -> str:
    """Return the path of a trust of the test's own that has been a member of QHM since April 2023."""
    client = steward(registry)
    trust = await registered(client, name="Door Trust (invented)", kind="nhs_trust")
    made = f"/v1/organisations/{trust['id']}"
    assert (await change(client, made, "relations", **MEMBER)).status_code == 201
    return made


async def boards_of(registry: ServiceClient, path: str, day: str) -> list[str]:
    """Return the codes of the boards that a body is a member of on a day."""
    found = await related(registry, path, as_of=day, kind="member_of")
    return [each["other"]["codes"]["ods"] for each in found if each["other"]["kind"] == "icb"]


async def test_a_second_board_is_refused_and_the_answer_names_the_first(
    registry: ServiceClient, path: str
) -> None:
    refused = await change(steward(registry), path, "relations", **MEMBER | {"to": "ods:QOP"})
    assert refused.status_code == 422, refused.text
    [error] = refused.json()["errors"]
    assert error["pointer"] == "/to"
    assert error["detail"] == (
        f"Door Trust (invented) is a member of {QHM} from 2023-04-01 on. Nobody is a member of two boards on"
        " the same day: end that membership first."
    )
    assert await boards_of(registry, path, "2026-05-01") == ["QHM"]


@pytest.mark.parametrize(
    "given", [{"share": 0.5}, {"valid_from": "2022-07-01"}, {"valid_from": "2031-01-01"}]
)
async def test_neither_a_share_nor_another_first_day_gets_round_it(
    registry: ServiceClient, path: str, given: dict[str, Any]
) -> None:
    refused = await change(steward(registry), path, "relations", **MEMBER | {"to": "ods:QOP"} | given)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/to")


async def test_a_board_follows_the_one_before_and_no_correction_lets_them_overlap(
    registry: ServiceClient, path: str
) -> None:
    client, [first] = steward(registry), await related(registry, path)
    link = f"/v1/relations/{first['id']}"
    assert (await change(client, link, "ending", valid_to="2026-03-31")).status_code == 200
    next_one = MEMBER | {"to": "ods:QOP", "valid_from": "2026-04-01"}
    second = await change(client, path, "relations", **next_one)
    assert second.status_code == 201, second.text
    assert [await boards_of(registry, path, day) for day in ("2026-03-31", "2026-04-01")] == [
        ["QHM"],
        ["QOP"],
    ]
    longer = await change(client, link, "corrections", valid_to=None)
    assert longer.json()["errors"][0]["pointer"] == "/valid_to"
    assert "(ods:QOP) from 2026-04-01 on" in longer.json()["detail"]
    other = f"/v1/relations/{second.json()['id']}"
    earlier = await change(client, other, "corrections", valid_from="2026-03-31")
    assert earlier.json()["errors"][0]["pointer"] == "/valid_from"
    assert f"{QHM} from 2023-04-01 to 2026-03-31" in earlier.json()["detail"]


async def test_a_day_of_a_board_that_is_corrected_makes_no_two(registry: ServiceClient, path: str) -> None:
    client, [first] = steward(registry), await related(registry, path)
    await change(client, f"/v1/relations/{first['id']}", "ending", valid_to="2026-09-30")
    board = await change(client, "/v1/footprints/ods:QE1", "ending", closed_on="2027-06-30")
    assert board.status_code == 200, board.text
    closed = f"/v1/footprints/{board.json()['id']}"
    joined = MEMBER | {"to": "ods:QE1", "valid_from": "2026-10-01"}
    assert (await change(client, path, "relations", **joined)).status_code == 201
    after = await change(client, path, "relations", **MEMBER | {"to": "ods:QOP", "valid_from": "2027-07-01"})
    assert after.status_code == 201, after.text
    later = await change(client, closed, "corrections", fact="closed_on", value="2027-12-31")
    assert (later.status_code, later.json()["errors"][0]["pointer"]) == (422, "/value")
    assert "Door Trust (invented) is a member of NHS Greater Manchester" in later.json()["detail"]


async def test_others_may_belong_to_several_boards(registry: ServiceClient) -> None:
    client = steward(registry)
    group = f"/v1/organisations/{(await registered(client))['id']}"
    for to in ("ods:QHM", "ods:QOP"):
        assert (await change(client, group, "relations", **MEMBER | {"to": to})).status_code == 201
    council = "/v1/organisations/ons:E06000063"
    said = MEMBER | {"to": "ods:QOP", "share": 0.2}
    assert (await change(client, council, "relations", **said)).status_code == 201
    assert await version_of(registry, council)


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    """Return a session that undoes itself."""
    return await session_for("registry")


async def test_the_database_refuses_two_boards_and_allows_one_after_the_other(session: AsyncSession) -> None:
    trust, board = await body_of(session, "trust/R0A"), await body_of(session, "icb/QHM/2022-07-01")
    partnership = await body_of(session, f"stp/QVP/{STP_OPENED}")
    for to in (partnership, board):
        link = Relation(from_id=trust.id, to_id=to.id, kind="member_of", source="x")
        link.valid_from, link.valid_to = date(2016, 4, 1), date(2022, 6, 30)
        session.add(link)
    await session.flush()
    await session.execute(text("SET CONSTRAINTS one_board IMMEDIATE"))
    link.valid_to = date(2022, 7, 1)
    with pytest.raises(IntegrityError, match="two boards on the same day"):
        await session.flush()
