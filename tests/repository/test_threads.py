"""Nothing that answers a request runs in a thread: the way there costs more than a small request."""

import inspect
from collections.abc import Callable
from typing import cast

from tests.repository.test_actors import calls_of, routes_but_for


def runs_in_thread(call: object) -> bool:
    """Whether FastAPI sends this to a thread: everything but coroutines and what is called by one."""
    found = call if inspect.isroutine(call) or inspect.isclass(call) else type(call).__call__
    wanted = cast(Callable[..., object], found)
    return not (inspect.iscoroutinefunction(wanted) or inspect.isasyncgenfunction(wanted))


def test_no_route_and_nothing_that_it_depends_on_runs_in_a_thread() -> None:
    routes = routes_but_for()
    assert len(routes) > 100
    found = {
        (route.name, getattr(call, "__qualname__", repr(call)))
        for route in routes
        for call in calls_of(route.dependant)
        if call and runs_in_thread(call)
    }
    assert found == set()
