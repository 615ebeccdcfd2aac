"""The answers of a stored payload, and the id of its message: as they came, or as an erasure left them."""

from functools import partial

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.errors import BodyNotJson
from services.feedback.sources import queries
from services.feedback.sources.apart import run_apart
from services.feedback.sources.expressions import Budget
from services.feedback.sources.mapping import Unmappable, split_answers
from services.feedback.sources.models import Payload
from services.feedback.sources.parsing import parse_payload
from services.feedback.sources.schemas import MappingRules
from services.feedback.sources.sealing import SourceSeals


async def split_payload(
    session: AsyncSession, received: Payload, rules: MappingRules, seals: SourceSeals, budget: Budget
) -> list[JsonValue]:
    """The answers of a stored payload; once one of them was erased, they are stored split."""
    if (raw := await queries.find_raw_body(session, received.id)) is None:
        raise Unmappable("body_deleted")
    try:
        form = received.is_form and not raw.is_split
        document = parse_payload(seals.open_body(received.id, raw.sealed), form=form)
    except BodyNotJson:
        raise Unmappable("body_not_json") from None
    if raw.is_split and isinstance(document, list):
        return document
    return await run_apart(partial(split_answers, rules, document, budget))


async def find_message_id(session: AsyncSession, first: Payload, seals: SourceSeals) -> str | None:
    """The id that a sender gave a message, also where it is only sealed; None once the bytes are deleted."""
    if first.message_id is not None:
        return first.message_id
    raw = await queries.find_raw_body(session, first.id)
    return seals.open_message_id(first.id, raw.sealed_id) if raw and raw.sealed_id else None
