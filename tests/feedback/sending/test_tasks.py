"""The teller tells nobody where it was given no key."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.feedback.sending.tasks import tell_people
from services.feedback.settings import Settings
from shared.worker import WorkerContext


@pytest.mark.parametrize("missing", ["teller_database_url", "contributor_private_key"])
async def test_without_key_or_role_it_waits_for_the_end(settings: Settings, missing: str) -> None:
    stopping = asyncio.Event()
    context: Any = SimpleNamespace(
        settings=settings.model_copy(update={missing: ""}), stopping=stopping, started=set()
    )
    task = asyncio.create_task(tell_people(cast(WorkerContext, context)))
    await asyncio.sleep(0)
    stopping.set()
    await task
    assert context.started == set()
