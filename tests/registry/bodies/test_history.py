"""All that was ever said of a body, page by page."""

from services.registry.bodies.history import history
from services.registry.settings import Settings
from shared.paging import PageQuery
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry.conftest import statements
from tests.registry.writes import body_of


async def test_pages_follow_one_another_without_gap_or_repeat(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    body = await body_of(session, "stp/QVP/2016-03-15")
    whole, cursor = await history(session, body.id, PageQuery(200))
    assert cursor is None
    read, cursor = await history(session, body.id, PageQuery(3))
    while cursor:
        some, cursor = await history(session, body.id, PageQuery(3, cursor))
        read += some
    assert read == whole
    codes = {(each.value, each.valid_from and each.valid_from.year) for each in whole if each.fact == "ons"}
    assert codes == {("E54000001", 2016), ("E54000046", 2017)}
    assert {each.imported for each in whole} == {True}


async def test_a_history_costs_three_queries_however_long(registry: ServiceClient) -> None:
    for limit in (1, 200):
        with statements(registry) as sent:
            await registry.get("/v1/footprints/ods:QHM/history", params={"limit": limit})
        assert len(sent) == 3
