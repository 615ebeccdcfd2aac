"""The route of a step takes its path, summary, status and problems from the step."""

import pytest

from services.loop.core.http import route_step
from services.loop.decisions.steps import DECISION
from services.loop.errors import ReasonTooThin
from services.loop.loops.steps import CONSIDERATION, OPENING_BY_RULE
from shared.errors import NotFound, NotHereYet, VersionStale
from shared.routing import Router


async def endpoint() -> None:
    """Take no step."""


def test_a_route_is_that_of_its_step() -> None:
    router = Router()
    route_step(router, DECISION, NotHereYet)(endpoint)
    [route] = router.declared_routes
    assert (route.path, route.summary, route.status_code) == (DECISION.path, "Decide", 201)
    assert {NotFound, VersionStale, NotHereYet, ReasonTooThin} <= route.problems


def test_a_step_that_makes_nothing_answers_200() -> None:
    router = Router()
    route_step(router, CONSIDERATION)(endpoint)
    assert router.declared_routes[0].status_code == 200


def test_a_step_that_only_rules_take_has_no_route() -> None:
    with pytest.raises(ValueError, match="only rules take the step opening_by_rule"):
        route_step(Router(), OPENING_BY_RULE)
