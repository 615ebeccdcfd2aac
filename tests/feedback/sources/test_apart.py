"""What takes long leaves the process time for everybody else, and connections to the database."""

import asyncio
import threading

import pytest

from services.feedback.sources import mapping
from services.feedback.sources.apart import WAITING_MAX
from services.feedback.sources.schemas import NewMapping
from tests.feedback.sources import senders
from tests.feedback.sources.conftest import Settle
from tests.feedback.sources.senders import Sender

# More than there are connections to the database.
MANY = 15


async def test_while_a_mapping_is_checked_others_are_answered_and_few_wait(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def check_slowly(_: NewMapping) -> None:
        begun.set()
        assert goes_on.wait(20)

    monkeypatch.setattr(mapping, "check_mapping", check_slowly)

    async def add() -> int:
        answer = await sender.owner.post(f"{sender.path}/mappings", json=senders.mapping())
        return answer.status_code

    adding = [asyncio.create_task(add()) for _ in range(MANY)]
    async with asyncio.timeout(10):
        assert await asyncio.to_thread(begun.wait, 10)
        assert (await sender.read("attempts"))["items"] == []
    goes_on.set()
    assert sorted(await asyncio.gather(*adding)) == [201] * WAITING_MAX + [429] * (MANY - WAITING_MAX)


async def test_a_dry_run_is_refused_while_several_wait(sender: Sender, settle_all: Settle) -> None:
    await sender.send()
    await settle_all()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("services.feedback.sources.apart.WAITING_MAX", 0)
        asked = {"all": True, "dry_run": True}
        refused = await sender.owner.post(f"{sender.path}/replay", json=asked)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
        refused = await sender.owner.post(f"{sender.path}/mappings", json=senders.mapping())
        assert refused.status_code == 429
    assert (await sender.owner.post(f"{sender.path}/replay", json=asked)).status_code == 202
