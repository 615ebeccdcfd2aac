"""A write names the person who acts, unless it is listed here with why it need not."""

from collections.abc import Iterator
from importlib import import_module

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from shared.auth import actor_required
from shared.routing import Router
from tests.repository.tree import module_of, python

WRITES = {"DELETE", "PATCH", "POST", "PUT"}
# Systems bring in words at any hour, and the people themselves have a code and no key.
BRINGS_WORDS = {
    "give_batch",
    "give_feedback",
    "give_verdict",
    "take_hook",
    "unsubscribe_by_click",
    "unsubscribe_by_reply",
    "withdraw_by_reply",
}
# These store nothing: a code must not stand in a URL.
ONLY_READS = {"look_up_reply", "look_up_verdicts"}


def calls_of(dependant: Dependant) -> Iterator[object]:
    """Everything that a route depends on."""
    yield dependant.call
    for each in dependant.dependencies:
        yield from calls_of(each)


def writes_without_actor(*without: str) -> set[str]:
    """The operations that write and do not demand a named person, but for those of some services."""
    files = [path for path in python("services") if not set(without) & set(path.parts)]
    modules = [import_module(module_of(path)) for path in files if "Router(" in path.read_text()]
    routers = [value for module in modules for value in vars(module).values() if isinstance(value, Router)]
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    writing = [route for route in routes if WRITES.intersection(route.methods or ())]
    return {route.name for route in writing if actor_required not in calls_of(route.dependant)}


def test_every_write_names_a_person_or_is_listed() -> None:
    # The registry's ledger keeps the client, the reason and the source of each act (decision 0010).
    assert writes_without_actor("registry") == BRINGS_WORDS | ONLY_READS
