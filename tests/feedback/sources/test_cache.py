"""The door: remembered for a moment, asked again before a refusal, and refusals bounded under attack."""

from uuid import UUID

import pytest
from sqlalchemy import func, select

from services.feedback.errors import SignatureRefused, SourceNotFound
from services.feedback.settings import Settings
from services.feedback.sources.cache import REFUSALS_PER_SECOND, SourceCache
from services.feedback.sources.models import Refusal
from services.feedback.sources.statements import REFUSALS_KEPT, RefusalRow, insert_refusal
from shared.clock import now
from shared.ids import new_id
from tests.feedback.sources.senders import Sender
from tests.fixtures.clients import ServiceClient


@pytest.fixture
def cache(service: ServiceClient) -> SourceCache:
    """Cache of a process that has just started."""
    return SourceCache(service.part(SourceCache).pool, service.part(Settings))


async def refusals_of(service: ServiceClient, source_id: UUID) -> int:
    """How many refusals are kept."""
    async with service.state.sessions() as session:
        return await session.scalar(select(func.count()).where(Refusal.source_id == source_id)) or 0


async def test_an_entry_is_cached_until_it_is_dropped(cache: SourceCache, sender: Sender) -> None:
    source_id = UUID(sender.source["id"])
    first = await cache.find_entry(source_id)
    assert (first.secrets, first.is_live, first.settings) == ((sender.secret,), True, None)
    assert await cache.find_entry(source_id) is first
    cache.drop_entry(source_id)
    assert await cache.find_entry(source_id) is not first


async def test_an_entry_is_loaded_again_but_not_at_each_forgery(cache: SourceCache, sender: Sender) -> None:
    source_id = UUID(sender.source["id"])
    first = await cache.find_entry(source_id)
    assert await cache.find_entry(source_id, fresh=True) is first


async def test_an_unknown_source_has_no_entry(cache: SourceCache) -> None:
    with pytest.raises(SourceNotFound):
        await cache.find_entry(new_id())
    assert not cache.entries


async def test_under_attack_refusals_are_counted_not_written(
    service: ServiceClient, cache: SourceCache, sender: Sender
) -> None:
    source_id = UUID(sender.source["id"])
    admitted = [cache.refusals.admit(source_id, 1) for _ in range(100)]
    assert admitted == [0] * REFUSALS_PER_SECOND + [None] * (100 - REFUSALS_PER_SECOND)
    assert cache.refusals.admit(source_id, 2) == 100 - REFUSALS_PER_SECOND
    assert cache.refusals.admit(source_id, 2) == 0


async def test_only_the_last_refusals_are_kept(
    service: ServiceClient, cache: SourceCache, sender: Sender
) -> None:
    source_id = UUID(sender.source["id"])
    for number in range(REFUSALS_KEPT + 10):
        await insert_refusal(
            cache.pool, RefusalRow(source_id, now(), 401, "signature_refused", f"{number}", 0)
        )
    await cache.refusals.record(source_id, SignatureRefused("the newest"))
    assert await refusals_of(service, source_id) == REFUSALS_KEPT
    attempts = (await sender.read("attempts"))["items"]
    assert (len(attempts), attempts[0]["detail"], attempts[-1]["detail"]) == (50, "the newest", "11")
