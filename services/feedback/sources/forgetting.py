"""Forgetting the ids that senders gave their messages, once the bytes are deleted: only a hash stays."""

from collections.abc import Sequence

from sqlalchemy import ARRAY, Text, Uuid, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.sources.models import Payload
from services.feedback.sources.sealing import SourceSeals

# While the version before this one runs it may store a message again whose id is gone: one row has the hash.
FORGET = text("""
    UPDATE source_received r SET message_id = NULL, message_ref = CASE WHEN EXISTS (
        SELECT FROM source_received o WHERE o.source_id = r.source_id AND o.message_ref = n.ref
            AND o.revision = r.revision AND o.id <> r.id
    ) THEN NULL ELSE n.ref END
    FROM unnest(:ids, :refs) AS n (id, ref) WHERE r.id = n.id
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("refs", type_=ARRAY(Text)))


async def lock_payloads_with_id_left(session: AsyncSession, limit: int) -> Sequence[Payload]:
    """Payloads without bytes that still have the sender's id, locked."""
    left = Payload.raw_deleted_at.is_not(None), Payload.message_id.is_not(None)
    found = select(Payload).where(*left).order_by(Payload.id).limit(limit)
    return (await session.scalars(found.with_for_update(skip_locked=True))).all()


async def forget_message_ids(session: AsyncSession, payloads: Sequence[Payload], seals: SourceSeals) -> None:
    """Leave only the hash of the ids of locked payloads: it still tells that a message came before."""
    left = [(each.id, each.source_id, each.message_id) for each in payloads]
    ref_of = {id_: seals.ref_of_message(source, known) for id_, source, known in left if known is not None}
    if ref_of:
        await session.execute(FORGET, {"ids": list(ref_of), "refs": list(ref_of.values())})
