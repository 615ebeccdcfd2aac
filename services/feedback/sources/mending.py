"""What the owner of a source looks at to mend its mapping: payloads as they are stored, and rules."""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.errors import PayloadDeleted
from services.feedback.sources import queries
from services.feedback.sources.apart import place_apart, run_apart
from services.feedback.sources.checking import check_rules
from services.feedback.sources.models import Payload, Source
from services.feedback.sources.parsing import parse_payload
from services.feedback.sources.received_schemas import PayloadView
from services.feedback.sources.schemas import MappingRules
from services.feedback.sources.sealing import SourceSeals
from shared.errors import NotFound


async def open_payload(session: AsyncSession, received: Payload, seals: SourceSeals) -> PayloadView:
    """What a payload holds; PayloadDeleted once its bytes are gone."""
    raw = await queries.find_raw_body(session, received.id)
    if raw is None:
        raise PayloadDeleted
    document = parse_payload(
        seals.open_body(received.id, raw.sealed), form=received.is_form and not raw.is_split
    )
    return PayloadView(
        received_id=received.id,
        received_at=received.received_at,
        is_split=raw.is_split,
        payload=document,
    )


async def rules_of_version(session: AsyncSession, source: Source, version: int) -> MappingRules:
    """The rules of a version of a source's mapping; NotFound if there is none of that number."""
    mapping = await queries.find_mapping(session, source.id, version)
    if mapping is None:
        raise NotFound
    return MappingRules.model_validate(mapping.rules)


async def check_draft(rules: MappingRules, source: Source) -> None:
    """Refuse rules that no mapping could have."""
    with place_apart(source.organisation_id):
        await run_apart(partial(check_rules, rules))
