"""The days that a source keeps feedback end everything of it, also what waited all the time."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from services.feedback.models import Feedback, Revision
from services.feedback.moderation.commands import find_overdue
from services.feedback.moderation.retention import Overdue
from services.feedback.settings import Settings
from services.feedback.sources.expiring import count_payloads_overdue
from services.feedback.sources.models import Payload, Quarantined, RawBody, SourceMapping
from services.feedback.sources.tasks import delete_old_bodies, discard_what_waits_too_long
from services.feedback.worker import erase_what_is_kept_no_longer
from shared import clock
from shared.worker import worker_context
from tests.feedback.sources.conftest import Settle
from tests.feedback.sources.senders import PAYLOAD, RULES, SAMPLE, Sender, a_source
from tests.feedback.sources.test_acts import acts_on
from tests.fixtures.clients import ServiceClient

KEPT_DAYS = 90
EMPTY = PAYLOAD | {"comment": None, "id": "waits"}


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that moves the clock to so many days from now."""
    source = clock.clock.source
    return lambda days: monkeypatch.setattr(clock.clock, "source", lambda: source() + timedelta(days=days))


async def run_timers(settings: Settings) -> None:
    """What the worker does each hour."""
    async with worker_context("feedback", settings) as context:
        for work in (erase_what_is_kept_no_longer, discard_what_waits_too_long, delete_old_bodies):
            await work(context)


async def kept_of(service: ServiceClient, sender: Sender) -> dict[str, int]:
    """How much is left of a source: words, bytes, ids that its sender gave, faults, copies in samples."""
    source_id = UUID(sender.source["id"])
    mine = Payload.source_id == source_id
    wanted = {
        "words": select(func.count()).where(Feedback.source_id == source_id, Feedback.text.is_not(None)),
        "earlier words": select(func.count())
        .select_from(Revision)
        .join(Feedback, Feedback.id == Revision.feedback_id)
        .where(Feedback.source_id == source_id),
        "bytes": select(func.count())
        .select_from(RawBody)
        .join(Payload, Payload.id == RawBody.received_id)
        .where(mine),
        "ids": select(func.count()).where(mine, Payload.message_id.is_not(None)),
        "faults": select(func.count()).where(Quarantined.source_id == source_id),
    }
    async with service.state.sessions() as session:
        kept = {name: await session.scalar(each) or 0 for name, each in wanted.items()}
        samples = await session.scalars(
            select(SourceMapping.samples).where(SourceMapping.source_id == source_id)
        )
        copies = [each for version in samples for each in version if each.get("received_id")]
    return kept | {"copies": len(copies)}


async def test_all_of_a_source_goes_on_its_day_and_nothing_before(
    service: ServiceClient, owner: ServiceClient, settings: Settings, settle_all: Settle, later: Any
) -> None:
    sender = await a_source(service, owner, retention_days=KEPT_DAYS)
    await sender.map_by()
    for each in (PAYLOAD, PAYLOAD | {"comment": "Other words."}, EMPTY, [PAYLOAD | {"id": "2"}, EMPTY]):
        received = (await sender.send(each)).json()["received_id"]
        await settle_all()
    copy = SAMPLE | {"received_id": received}
    del copy["synthetic"]
    await sender.map_by(required=RULES["required"], samples=[SAMPLE, copy])
    await sender.send(PAYLOAD | {"id": "never mapped"})
    before = await kept_of(service, sender)
    assert before == {"words": 2, "earlier words": 1, "bytes": 5, "ids": 5, "faults": 2, "copies": 1}
    later(KEPT_DAYS - 1)
    await run_timers(settings)
    # The bytes of what was mapped go after 30 days; what waits can still be mapped.
    assert await kept_of(service, sender) == before | {"bytes": 3, "ids": 3}
    later(KEPT_DAYS + 1)
    assert await overdue_of(service, clock.now()) == 3
    assert [each.pieces for each in await find_overdue(settings, clock.now()) if is_of(each, sender)] == [2]
    await run_timers(settings)
    assert await kept_of(service, sender) == dict.fromkeys(before, 0)
    assert await overdue_of(service, clock.now()) == 0
    acts = await acts_on(service, sender.source["id"])
    assert [(each["action"], each["actor"], each["role"]) for each in acts][-1] == (
        "source_payloads_discarded",
        "rule",
        "retention",
    )


def is_of(overdue: Overdue, sender: Sender) -> bool:
    """Whether a line of the list is of this source."""
    return overdue.source_id == UUID(sender.source["id"])


async def overdue_of(service: ServiceClient, at: datetime) -> int:
    """How many payloads have waited for too long."""
    async with service.state.sessions() as session:
        return await count_payloads_overdue(session, at)


async def test_what_was_discarded_says_so(sender: Sender, settings: Settings, settle_all: Settle) -> None:
    await sender.map_by()
    received = (await sender.send(EMPTY)).json()["received_id"]
    await settle_all()
    with pytest.MonkeyPatch.context() as moved:
        source = clock.clock.source
        moved.setattr(clock.clock, "source", lambda: source() + timedelta(days=731))
        await run_timers(settings)
    told = await sender.read(f"received/{received}")
    assert (told["state"], told["message_id"], told["quarantined"]) == ("discarded", None, [])
    assert (await sender.owner.post(f"{sender.path}/replay", json={"all": True})).json()["replayed"] == 0
