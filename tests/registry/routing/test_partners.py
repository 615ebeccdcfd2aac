"""Which ambulance trust serves a place, by the lists of 2018 and 2019."""

from typing import Any

import pytest

from services.registry.routing.partners import BY_LIST
from tests.fixtures.clients import ServiceClient
from tests.registry.conftest import statements
from tests.registry.routing.test_places import steps_to

AS_OF = "2026-11-30"


async def trust_at(registry: ServiceClient, place: dict[str, str], **more: Any) -> dict[str, Any]:
    """Return the step to the trust of a complaint about an ambulance."""
    asked = {"matter": "complaint", "topic": "paramedic", "place": place, "as_of": AS_OF} | more
    [step] = await steps_to(registry, "trust", asked)
    return step


def codes(step: dict[str, Any]) -> list[str]:
    """Return the codes of the trust that a step names, or of those that may be meant."""
    bodies = [step["body"]] if step["body"] else step["candidates"]
    return sorted(each["codes"]["ods"] for each in bodies)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        # Bath: its board has no ambulance trust of its own.
        ({"footprint": "ods:QOX"}, ["RYF"]),
        # Newcastle: its partnership had merged by 2019 with one of the North West and one of Yorkshire.
        ({"postcode": "NE1 4LP"}, ["RX6"]),
        # Harrogate: now with Humber, where there are two; in 2019 with West Yorkshire.
        ({"postcode": "HG1 1AA"}, ["RX8"]),
        # Smethwick.
        ({"postcode": "B66 1AA"}, ["RYA"]),
    ],
)
async def test_the_trust_that_was_a_partner_in_2019_is_named(
    registry: ServiceClient, place: dict[str, str], expected: list[str]
) -> None:
    step = await trust_at(registry, place)
    assert codes(step) == expected
    assert step["body"]
    assert step["why"].endswith(BY_LIST)


async def test_where_two_were_partners_both_may_be_meant(registry: ServiceClient) -> None:
    # Camberley, on the border of two ambulance services.
    step = await trust_at(registry, {"postcode": "GU15 1AA"})
    assert (step["body"], codes(step)) == (None, ["RYD", "RYE"])
    assert step["not_known"].startswith("By the list of 2019 each of these may serve the place.")
    assert step["why"].endswith(BY_LIST)


async def test_a_trust_that_the_request_names_stays(registry: ServiceClient) -> None:
    step = await trust_at(registry, {"footprint": "ods:QOX"}, organisation="ods:RX8")
    assert codes(step) == ["RX8"]
    assert BY_LIST not in step["why"]


async def test_other_topics_know_no_list(registry: ServiceClient) -> None:
    step = await trust_at(registry, {"footprint": "ods:QOX"}, topic="hospital")
    assert BY_LIST not in step["why"]
    assert "RYF" not in codes(step)


async def test_the_list_costs_two_statements(registry: ServiceClient) -> None:
    place = {"footprint": "ods:QOX"}
    await trust_at(registry, place)
    with statements(registry) as known:
        await trust_at(registry, place)
    with statements(registry) as without:
        await trust_at(registry, place, topic="hospital")
    assert len(known) <= len(without) + 3


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        # Harrogate: its board has Humber alone; Tees, Esk and Wear Valleys was a partner in 2019.
        ({"postcode": "HG1 1AA"}, {"RX3"}),
        # Smethwick: the board's own is all that the list names.
        ({"postcode": "B66 1AA"}, {"TAJ"}),
        # Bristol: the board's only trust runs no such services.
        ({"footprint": "ods:QUY"}, {"RVN"}),
    ],
)
async def test_mental_health_trusts_of_other_boards_are_asked_for_too(
    registry: ServiceClient, place: dict[str, str], expected: set[str]
) -> None:
    assert set(codes(await trust_at(registry, place, topic="mental_health"))) >= expected
