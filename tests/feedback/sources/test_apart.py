"""What takes long leaves the process time for everybody else, and connections to the database."""

import asyncio
import threading

import pytest

from services.feedback.sources import domain
from services.feedback.sources.apart import WAITING_MAX
from services.feedback.sources.schemas import NewMapping
from shared.ids import new_id
from tests.feedback.examples import ClientOf, with_actor
from tests.feedback.sources import senders
from tests.feedback.sources.conftest import Settle
from tests.feedback.sources.senders import Sender
from tests.fixtures.clients import ServiceClient

# More than there are connections to the database.
MANY = 15


async def test_while_a_mapping_is_checked_others_are_answered_and_one_of_each_waits(
    sender: Sender, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def check_slowly(_: NewMapping) -> None:
        begun.set()
        assert goes_on.wait(20)

    monkeypatch.setattr(domain, "check_mapping", check_slowly)

    async def add(owner: ServiceClient, path: str) -> int:
        return (await owner.post(f"{path}/mappings", json=senders.mapping())).status_code

    others = [with_actor(client_of(new_id(), "sources:manage")) for _ in range(WAITING_MAX)]
    new = {"name": "Survey system", "scheme": "standard-webhooks"}
    made = [(each, (await each.post("/v1/sources", json=new)).json()["id"]) for each in others]
    adding = [asyncio.create_task(add(sender.owner, sender.path)) for _ in range(MANY)]
    adding += [asyncio.create_task(add(owner, f"/v1/sources/{source}")) for owner, source in made]
    async with asyncio.timeout(10):
        assert await asyncio.to_thread(begun.wait, 10)
        assert (await sender.read("attempts"))["items"] == []
    goes_on.set()
    answers = await asyncio.gather(*adding)
    assert sorted(answers[:MANY]) == [201] + [429] * (MANY - 1)
    assert sorted(answers[MANY:]) == [201] * (WAITING_MAX - 1) + [429]


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
