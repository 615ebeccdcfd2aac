"""A write names the person who acts, unless it is listed here with why it need not."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from shared.auth import actor_required
from shared.routing import Router
from tests.repository.test_operations import operations
from tests.repository.tree import module_of, python

WRITES = {"DELETE", "PATCH", "POST", "PUT"}
# Systems bring in words at any hour, and the people themselves have a code and no key.
BRINGS_WORDS = {
    "delete_file",
    "give_batch",
    "give_feedback",
    "give_verdict",
    "import_rows",
    "send_file",
    "take_hook",
    "take_secret_hook",
    "unsubscribe_by_click",
    "unsubscribe_by_reply",
    "withdraw_by_reply",
}
# These store nothing: a code must not stand in a URL.
ONLY_READS = {"look_up_replies", "look_up_reply", "look_up_verdicts"}


def calls_of(dependant: Dependant) -> Iterator[object]:
    """Everything that a route depends on."""
    yield dependant.call
    for each in dependant.dependencies:
        yield from calls_of(each)


def routes_but_for(*without: str) -> list[APIRoute]:
    """The routes of all services but some."""
    files = [path for path in python("services") if not set(without) & set(path.parts)]
    modules = [import_module(module_of(path)) for path in files if "Router(" in path.read_text()]
    routers = [value for module in modules for value in vars(module).values() if isinstance(value, Router)]
    return [route for router in routers for route in router.routes if isinstance(route, APIRoute)]


def writes_without_actor(*without: str) -> set[str]:
    """The operations that write and do not demand a named person, but for those of some services."""
    writing = [route for route in routes_but_for(*without) if WRITES.intersection(route.methods or ())]
    return {route.name for route in writing if actor_required not in calls_of(route.dependant)}


def test_every_write_names_a_person_or_is_listed() -> None:
    # The registry's ledger keeps the client, the reason and the source of each act (decision 0010).
    assert writes_without_actor("registry") == BRINGS_WORDS | ONLY_READS


def test_the_document_requires_the_person_where_a_route_does() -> None:
    demanding = {route.name for route in routes_but_for() if actor_required in calls_of(route.dependant)}
    assert len(demanding) > 40
    required = {each["operationId"] for _, each in operations() if is_required(each, "Doorway-Actor")}
    assert demanding == required


def test_the_document_requires_the_version_where_its_lack_is_refused() -> None:
    refused = {name for name, each in operations() if "428" in each["responses"]}
    assert refused == {name for name, each in operations() if is_required(each, "If-Match")}


def is_required(operation: dict[str, Any], header: str) -> bool:
    """Whether the API document says that an operation needs a header."""
    found = [each["required"] for each in operation.get("parameters", []) if each["name"] == header]
    return found == [True]


def test_who_closes_a_body_or_hands_on_what_it_owns_names_a_person() -> None:
    acts = {"declare_merger", "correct_merger", "withdraw_merger", "declare_succession"}
    acts |= {f"{act}_{role}" for act in ("correct", "end") for role in ("footprint", "organisation")}
    assert not acts & writes_without_actor("feedback", "loop", "gateway")
