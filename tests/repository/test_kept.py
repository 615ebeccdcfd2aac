"""Answers that are kept: every table that they may come from tells of its changes."""

from collections.abc import Callable
from importlib import import_module

import asyncpg
import pytest

from shared.kept import KeepingSettings
from shared.migrations import PLUMBING_TABLES
from tests.repository.tree import SERVICES

PLUMBING = {"alembic_version", *(model.__tablename__ for model in PLUMBING_TABLES)}
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
    assert {name for (name,) in tables} - PLUMBING == {name for (name,) in telling}


def test_registry_and_loop_keep_answers() -> None:
    assert KEEPING == ["loop", "registry"]
