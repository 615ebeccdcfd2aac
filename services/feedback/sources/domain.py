"""Setting up sources: their footing, secrets and mappings."""

import base64
import binascii
from datetime import datetime, timedelta
from functools import partial
from typing import cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.errors import (
    BodySucceeded,
    OrganisationRequired,
    SecretRefused,
    SourceNotFound,
    SourceNotReady,
    TooManySources,
)
from services.feedback.operators import ERASE
from services.feedback.sources import queries
from services.feedback.sources.apart import place_apart, run_apart
from services.feedback.sources.checking import check_mapping
from services.feedback.sources.expressions import ExpressionRefused, parse_expression
from services.feedback.sources.models import Payload, Source, SourceMapping, SourceSecret
from services.feedback.sources.presets import find_preset, with_preset
from services.feedback.sources.schemas import (
    Governance,
    MappingRules,
    NewMapping,
    NewSource,
    Rotation,
    SourceChange,
)
from services.feedback.sources.scheme_schemas import (
    SHOWN_SCHEMES,
    MessageSettings,
    Scheme,
    TokenSettings,
    fault_of_token,
    never_arrives,
)
from services.feedback.sources.sealing import SourceSeals, new_secret
from shared.auth import Caller
from shared.clock import now
from shared.errors import FieldError, Invalid, NotFound, invalid
from shared.versions import Wanted, must_match

# Each has a share of the time of the worker that maps what they send.
SOURCES_MAX = 100
FOOTING = tuple(Governance.model_fields)
# The specification asks for 24 to 64 bytes: https://www.standardwebhooks.com
STANDARD_SECRET_BYTES = range(24, 65)


async def register_source(
    session: AsyncSession, new: NewSource, caller: Caller, seals: SourceSeals
) -> tuple[Source, str | None]:
    """Register a source; return it with its secret if one was made."""
    if caller.ended:
        raise BodySucceeded
    if caller.organisation_id is None:
        raise OrganisationRequired
    new = with_preset(new)
    if new.token is None and new.scheme in SHOWN_SCHEMES:
        new.token = TokenSettings()
    _check_settings("hmac", new.hmac)
    _check_settings("token", new.token)
    if await queries.count_sources(session, caller.organisation_id) >= SOURCES_MAX:
        raise TooManySources
    values = new.model_dump(exclude={"secret"})
    source = Source(**values, organisation_id=caller.organisation_id, version=1)
    source.state = "draft" if _missing_footing(source) else "live"
    source.live_since = now() if source.state == "live" else None
    session.add(source)
    await session.flush()
    if new.preset:
        session.add(mapping_row(source.id, 1, find_preset(new.preset).first_mapping))
    return source, await _add_secret(session, source, new.secret, seals)


async def find_own_source(
    session: AsyncSession, source_id: UUID, caller: Caller, *, lock: bool = False
) -> Source:
    """A source that the caller has or inherited; SourceNotFound for any other."""
    source = await queries.find_source(session, source_id, caller, lock=lock)
    if source is None:
        raise SourceNotFound
    return source


async def find_source_to_use(
    session: AsyncSession, source_id: UUID, caller: Caller, *, lock: bool = False
) -> Source:
    """A source with which the caller does more than read; BodySucceeded if its body ended."""
    source = await find_own_source(session, source_id, caller, lock=lock)
    if caller.ended:
        raise BodySucceeded
    return source


async def change_source(
    session: AsyncSession, source_id: UUID, changes: SourceChange, caller: Caller, version: Wanted
) -> Source:
    """Change a source's settings, pause it or make it live."""
    source = await find_source_to_use(session, source_id, caller, lock=True)
    must_match(source, version)
    _check_changed_settings(source, changes)
    if _keeps_less(source, changes.retention_days):
        # The rule then erases what people were told would be kept.
        caller.require(ERASE)
        source.shortened_at = now()
    was_live = source.state == "live"
    for name, value in changes.model_dump(exclude_none=True).items():
        setattr(source, name, value)
    source.silent_after_hours = source.silent_after_hours or None
    if source.state == "live" and not was_live:
        source.live_since, source.silent_since = now(), None
    if source.state == "live" and (missing := _missing_footing(source)):
        raise SourceNotReady(errors=[FieldError(pointer=f"/{name}", detail="is missing") for name in missing])
    source.version += 1
    return source


async def rotate_secret(
    session: AsyncSession, source_id: UUID, rotation: Rotation, caller: Caller, seals: SourceSeals
) -> tuple[str | None, datetime]:
    """Give a source a new secret, returned if one was made, with the end of the old secrets."""
    source = await find_source_to_use(session, source_id, caller, lock=True)
    ends_at = now() + timedelta(hours=rotation.overlap_hours)
    await queries.end_secrets(session, source.id, ends_at)
    await queries.delete_ended_secrets(session, source.id, now())
    source.version += 1
    return await _add_secret(session, source, rotation.secret, seals), ends_at


async def add_mapping(
    session: AsyncSession, source_id: UUID, new: NewMapping, caller: Caller
) -> SourceMapping:
    """Add a version of a source's mapping, if all its samples give the expected feedback."""
    source = await find_source_to_use(session, source_id, caller)
    with place_apart(source.organisation_id):
        await run_apart(partial(check_mapping, new))
    # Only now: who waits for the lock keeps a connection.
    source = await find_source_to_use(session, source_id, caller, lock=True)
    await _check_copied_payloads(session, source, new)
    before = await queries.find_mapping_in_use(session, source.id)
    added = mapping_row(source.id, before.number + 1 if before else 1, new)
    session.add(added)
    await session.flush()
    return added


def mapping_row(source_id: UUID, number: int, new: NewMapping) -> SourceMapping:
    """The row of a version of a source's mapping."""
    return SourceMapping(
        source_id=source_id,
        number=number,
        rules=new.model_dump(include=set(MappingRules.model_fields)),
        samples=new.model_dump(mode="json")["samples"],
    )


async def find_payload(session: AsyncSession, source: Source, received_id: UUID) -> Payload:
    """One payload of a source; NotFound if it has none with that id."""
    payload = await queries.find_payload(session, source.id, received_id)
    if payload is None:
        raise NotFound
    return payload


async def _check_copied_payloads(session: AsyncSession, source: Source, new: NewMapping) -> None:
    """A sample can only copy what the source sent, and nothing that was erased in part."""
    copied = {number: each.received_id for number, each in enumerate(new.samples) if each.received_id}
    whole = await queries.lock_whole_payloads(session, source.id, list(copied.values()))
    if errors := [
        FieldError(pointer=f"/samples/{n}/received_id", detail="is no payload of this source, or was erased")
        for n, each in copied.items()
        if each not in whole
    ]:
        detail = "Some samples name no payload of this source. Correct the id, or invent a sample."
        raise Invalid(detail, errors=errors)


def _keeps_less(source: Source, retention_days: int | None) -> bool:
    """Whether a source that may have sent something would keep it for a shorter time."""
    if retention_days is None or source.state == "draft":
        return False
    return source.retention_days is None or retention_days < source.retention_days


def _missing_footing(source: Source) -> list[str]:
    return [name for name in FOOTING if getattr(source, name) is None]


def _check_changed_settings(source: Source, changes: SourceChange) -> None:
    """Refuse settings of a scheme that is not the source's: its scheme stays what it is."""
    scheme = cast(Scheme, source.scheme)
    if changes.hmac and source.hmac is None:
        raise invalid("/hmac", f"Leave `hmac` out: this source uses {scheme}.")
    if changes.token and (fault := fault_of_token(scheme, changes.token)):
        raise invalid("/token", f"This source uses {scheme}: {fault}.")
    _check_settings("hmac", changes.hmac)
    _check_settings("token", changes.token)


def _check_settings(at: str, settings: MessageSettings | None) -> None:
    """Refuse headers that never arrive here, and an expression that is none."""
    if settings is None:
        return
    for name, given in settings.headers:
        if given and never_arrives(given):
            raise invalid(f"/{at}/{name}", f"{given} never arrives here: choose a different header.")
    try:
        parse_expression(settings.message_id_expression or "@")
    except ExpressionRefused as error:
        raise invalid(f"/{at}/message_id_expression", str(error)) from None


async def _add_secret(
    session: AsyncSession, source: Source, secret: str | None, seals: SourceSeals
) -> str | None:
    """Store a secret of the sender's, or a new one, which is returned."""
    if secret is not None and source.scheme == "standard-webhooks" and not _is_standard_secret(secret):
        detail = "A secret for standard-webhooks is whsec_ and 24 to 64 bytes in base64."
        raise SecretRefused(detail, errors=[FieldError(pointer="/secret", detail=detail)])
    if secret is not None and source.scheme == "secret-path":
        detail = "The secret of an address is always made here. Leave `secret` out."
        raise SecretRefused(detail, errors=[FieldError(pointer="/secret", detail=detail)])
    stored = secret or new_secret(source.scheme)
    session.add(SourceSecret(source_id=source.id, sealed=seals.seal_secret(source.id, stored)))
    return None if secret else stored


def _is_standard_secret(secret: str) -> bool:
    prefix, _, encoded = secret.partition("_")
    try:
        return prefix == "whsec" and len(base64.b64decode(encoded, validate=True)) in STANDARD_SECRET_BYTES
    except binascii.Error:
        return False
