"""Answers that are kept: every table that they may come from tells of its changes."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import asyncpg
import pytest
from fastapi.routing import iter_route_contexts

from deploy.documents import app_of
from deploy.environment import Addresses, environment, fields_of
from deploy.keys import make_keys
from shared.kept import KeepingSettings
from shared.migrations import PLUMBING_TABLES
from shared.routing import DeclaredRoute, tree_of
from tests.repository.tree import SERVICES

PLUMBING = {"alembic_version", *(model.__tablename__ for model in PLUMBING_TABLES)}
# What these hold changes no answer: it is read together with what it does not yet hold.
SUMS = {"loop": {"loop_to_count", "loop_counted", "loop_sum"}}
KEEPING = [
    each
    for each in SERVICES
    if issubclass(import_module(f"services.{each}.settings").Settings, KeepingSettings)
]


@pytest.mark.parametrize("service", KEEPING)
async def test_every_table_tells_of_its_changes(service: str, owner_url: Callable[[str], str]) -> None:
    connection = await asyncpg.connect(owner_url(service))
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        telling = await connection.fetch(
            "SELECT tgrelid::regclass::text FROM pg_trigger "
            "WHERE tgname = 'tell_of_change' AND tgenabled = 'O'"
        )
    finally:
        await connection.close()
    assert {name for (name,) in tables} - PLUMBING - SUMS.get(service, set()) == {name for (name,) in telling}


@pytest.mark.parametrize("service", KEEPING)
def test_an_answer_that_is_kept_depends_on_no_other_header(service: str, tmp_path: Path) -> None:
    make_keys(tmp_path / "secrets")
    nowhere = Addresses("postgresql://127.0.0.1:1", "nats://127.0.0.1:1", dict.fromkeys(SERVICES, 1))
    app = app_of(service, fields_of(service, environment(tmp_path / "secrets", nowhere)))
    routes = (each.original_route for each in iter_route_contexts(app.routes))
    kept = [route for route in routes if isinstance(route, DeclaredRoute) and route.is_kept]
    read = {
        field.alias for route in kept for each in tree_of(route.dependant) for field in each.header_params
    }
    assert kept
    assert read <= {"Accept"}


def test_registry_and_loop_keep_answers() -> None:
    assert KEEPING == ["loop", "registry"]
