"""Everything that can be wrong with a declaration, each by its own code."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mergers.files import read_merger_file
from services.registry.mergers.plan import plan_merger
from services.registry.mergers.queries import name_edition
from services.registry.settings import Settings
from shared.errors import Problem
from shared.ids import new_id
from tests.fixtures.databases import SessionFor
from tests.registry.extract import DATA
from tests.registry.mergers.examples import DAY, NORTH, link, merger

OTHER = {"name": "NHS Other Integrated Care Board (invented)", "ods": "N9N1B"}


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    return await session_for("registry")


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"effective_on": "2026-04-01"}, "merger_not_in_future", "/effective_on"),
        ({"links": [link("QZZ", "N9N1A")]}, "unknown_predecessor", "/links/0/predecessor"),
        ({"links": [link("RX6", "N9N1A")]}, "unknown_predecessor", "/links/0/predecessor"),
        ({"links": [link("QVP", "N9N1A")]}, "predecessor_closed", "/links/0/predecessor"),
        ({"links": [link("QE1", "N9N1A"), link("QHM", "QZZ")]}, "unknown_successor", "/links/1/successor"),
        ({"links": [link("QE1", "N9N1A"), link("QHM", "QNQ")]}, "unknown_successor", "/links/1/successor"),
        ({"successors": [NORTH | {"id": str(new_id())}]}, "unknown_successor", "/successors/0/id"),
        ({"successors": [NORTH, OTHER]}, "successor_unused", "/successors/1"),
        ({"successors": [NORTH | {"region": "Atlantis"}]}, "unknown_region", "/successors/0/region"),
        (
            {"successors": [NORTH | {"ods": "RX6"}], "links": [link("QE1", "RX6")]},
            "code_taken",
            "/successors/0",
        ),
        ({"successors": [NORTH, NORTH]}, "code_taken", "/successors/1"),
        ({"links": [link("QE1", "N9N1A", 0.5)]}, "shares_wrong", "/links/0/share"),
        (
            {"links": [link("QE1", "N9N1A"), link("QHM", "N9N1A", 1, kind="area_passed_to")]},
            "shares_wrong",
            "/links/1/share",
        ),
        (
            {"links": [link("QE1", "N9N1A", 0.5), link("QE1", "QOP", 0.4, kind="area_passed_to")]},
            "shares_wrong",
            "/links/0/share",
        ),
        ({"links": [link("QE1", "N9N1A"), link("QHM", "QE1")]}, "both_sides", "/links/1/successor"),
        (
            {"links": [link("QE1", "N9N1A"), link("QHM", "QHM", 0.1, kind="area_passed_to")]},
            "both_sides",
            "/links/1/successor",
        ),
        (
            {"links": [link("QE1", "N9N1A", 0.5), link("QE1", "N9N1A", 0.5)]},
            "link_twice",
            "/links/1",
        ),
    ],
)
async def test_each_guard_has_its_code_and_names_the_field(
    session: AsyncSession, changes: dict[str, Any], code: str, pointer: str
) -> None:
    plan = await plan_merger(session, merger(**changes), {})
    assert (code, pointer) in [(each.code, each.pointer) for each in plan.mistakes]
    with pytest.raises(Problem) as refused:
        plan.refuse_mistakes()
    assert refused.value.code == plan.mistakes[0].code
    assert len(refused.value.errors) == len(plan.mistakes)


async def test_a_body_that_passes_area_may_take_over_on_the_same_day(session: AsyncSession) -> None:
    links = [link("QE1", "QHM"), link("QHM", "QOQ", 0.1, kind="area_passed_to")]
    plan = await plan_merger(session, merger(successors=[], links=links), {})
    assert plan.mistakes == []
    [here] = [each for each in plan.changing.values() if each.ods == "QHM"]
    [gone] = plan.closing.values()
    wanted = (here.residents or 0) * 0.9 + (gone.residents or 0)
    assert plan.residents_after(here.id) == pytest.approx(wanted, abs=1)


async def test_the_region_is_that_of_all_predecessors_or_the_one_named(session: AsyncSession) -> None:
    shared = await plan_merger(session, merger(links=[link("QHM", "N9N1A"), link("QOQ", "N9N1A")]), {})
    assert shared.openings[0].region == "North East and Yorkshire"
    across = await plan_merger(session, merger(), {})
    assert across.openings[0].region is None
    for name in ("North West", "NHS England North West"):
        named = await plan_merger(session, merger(successors=[NORTH | {"region": name}]), {})
        assert (named.mistakes, named.openings[0].region) == ([], "North West")


@pytest.mark.parametrize(
    ("day", "edition"),
    [
        (DAY, "ICB2029"),
        (date(2026, 4, 1), "ICB2026"),
        (date(2026, 12, 1), "ICB2026-12"),
    ],
)
async def test_an_edition_is_named_by_its_year_and_a_second_one_by_its_month(
    session: AsyncSession, day: date, edition: str
) -> None:
    assert await name_edition(session, day) == edition


async def test_of_a_file_only_those_are_new_whose_codes_no_open_footprint_has(session: AsyncSession) -> None:
    why = {"reason": "why it is so", "source": "where it is said", "because_late": "to try it"}
    new = read_merger_file((DATA / "icb_succession_2026.csv").read_bytes(), **why)
    plan = await plan_merger(session, new, {})
    # All of it is known already: nothing opens, and whoever closed has closed.
    assert plan.openings == []
    assert {each.code for each in plan.mistakes} == {"predecessor_closed"}
    assert plan.mistakes[0].pointer == "/lines/2"
