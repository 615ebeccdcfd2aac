"""What waits of a source is not kept for longer than its feedback would be: then its bytes go, by rule."""

from datetime import datetime

from sqlalchemy import Select, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.sources import queries
from services.feedback.sources.acts import record_source_act_of
from services.feedback.sources.closing import discard_payloads
from services.feedback.sources.erasing import drop_samples
from services.feedback.sources.forgetting import forget_message_ids
from services.feedback.sources.models import Payload, Quarantined, Source
from services.feedback.sources.sealing import SourceSeals
from shared.auth import Actor, Caller
from shared.clock import now
from shared.logs import log

DISCARDED_TOGETHER = 100
RULE = Actor("rule", "retention")


async def discard_overdue(session: AsyncSession, seals: SourceSeals) -> int:
    """Discard the next payloads that waited for as long as their sources keep feedback; return how many."""
    overdue = payloads_overdue(now()).limit(DISCARDED_TOGETHER)
    found = (await session.scalars(overdue.with_for_update(of=Payload, skip_locked=True))).all()
    if not found:
        return 0
    drop_samples(await queries.lock_mappings_copying(session, found), found)
    await discard_payloads(session, [each.id for each in found])
    await forget_message_ids(session, found, seals)
    for source_id in sorted({each.source_id for each in found}):
        record_source_act_of(session, Caller(), RULE, source_id, "source_payloads_discarded")
    log.info("payloads_discarded", payloads=len(found))
    return len(found)


def payloads_overdue(at: datetime) -> Select[Payload]:
    """The payloads that have waited to an instant for as long as their sources keep feedback."""
    unmapped = select(Payload.id).where(Payload.state == "received")
    waiting = unmapped.union(select(Quarantined.received_id)).subquery()
    until = literal(at, Payload.received_at.type) - func.make_interval(0, 0, 0, Source.retention_days)
    wanted = select(Payload).join(Source, Source.id == Payload.source_id)
    return wanted.where(Payload.id.in_(select(waiting.c.id)), Payload.received_at <= until)


async def count_payloads_overdue(session: AsyncSession, at: datetime) -> int:
    """How many payloads that wait would be discarded at an instant."""
    overdue = payloads_overdue(at).with_only_columns(Payload.id).subquery()
    return await session.scalar(select(func.count()).select_from(overdue)) or 0
