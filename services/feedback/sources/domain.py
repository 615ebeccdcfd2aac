"""Setting up sources: who sends, on what footing, with which secret, mapped how, and what is mapped again."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.sources import mapping, queries
from services.feedback.sources.errors import (
    OrganisationRequired,
    SecretRefused,
    SourceNotFound,
    SourceNotReady,
)
from services.feedback.sources.expressions import ExpressionRefused, parsed
from services.feedback.sources.models import Received, Source, SourceMapping, SourceSecret
from services.feedback.sources.payloads import Answer, answers, opened
from services.feedback.sources.schemas import (
    Governance,
    HmacSettings,
    MappingRules,
    NewMapping,
    NewSource,
    Replay,
    ReplayResult,
    Rotation,
    SourceChange,
)
from services.feedback.sources.sealing import Seals, new_secret
from shared.auth import Caller
from shared.clock import now
from shared.errors import FieldError, Invalid, NotFound, invalid
from shared.versions import must_match

FOOTING = tuple(Governance.model_fields)
# The specification asks for 24 to 64 bytes: https://www.standardwebhooks.com
STANDARD_SECRET_BYTES = range(24, 65)
DRY_RUN_MAX = 200


async def register(
    session: AsyncSession, new: NewSource, caller: Caller, seals: Seals
) -> tuple[Source, str | None]:
    """Register a source; returns it with its secret when one was made."""
    if caller.organisation_id is None:
        raise OrganisationRequired
    _check_hmac(new.hmac)
    values = new.model_dump(exclude={"secret"})
    source = Source(**values, organisation_id=caller.organisation_id, version=1)
    source.state = "draft" if _missing(source) else "live"
    session.add(source)
    await session.flush()
    return source, await _take_secret(session, source, new.secret, seals)


async def source_of(session: AsyncSession, source_id: UUID, caller: Caller, *, lock: bool = False) -> Source:
    """Return the caller's organisation's source; SourceNotFound when it is another's or nobody's."""
    source = await queries.source_of(session, source_id, caller.organisation_id, lock=lock)
    if source is None:
        raise SourceNotFound
    return source


async def change(
    session: AsyncSession, source_id: UUID, changes: SourceChange, caller: Caller, version: int
) -> Source:
    """Change a source's settings, pause it or let it go live."""
    source = await source_of(session, source_id, caller, lock=True)
    must_match(source, version)
    if changes.hmac and source.hmac is None:
        raise invalid("/hmac", "This source signs by standard-webhooks, which has no settings.")
    _check_hmac(changes.hmac)
    for name, value in changes.model_dump(exclude_none=True).items():
        setattr(source, name, value)
    if source.state == "live" and (missing := _missing(source)):
        raise SourceNotReady(errors=[FieldError(pointer=f"/{name}", detail="is missing") for name in missing])
    source.version += 1
    return source


async def rotate_secret(
    session: AsyncSession, source_id: UUID, rotation: Rotation, caller: Caller, seals: Seals
) -> tuple[str | None, datetime]:
    """Give a source a new secret, returned when one was made, with the end of the old ones."""
    source = await source_of(session, source_id, caller, lock=True)
    ends_at = now() + timedelta(hours=rotation.overlap_hours)
    await queries.end_secrets(session, source.id, ends_at)
    await queries.forget_ended_secrets(session, source.id, now())
    source.version += 1
    return await _take_secret(session, source, rotation.secret, seals), ends_at


async def add_mapping(
    session: AsyncSession, source_id: UUID, new: NewMapping, caller: Caller
) -> SourceMapping:
    """Take a new version of a source's mapping, once all its samples come out as expected."""
    source = await source_of(session, source_id, caller, lock=True)
    mapping.check(new)
    before = await queries.mapping_in_use(session, source.id)
    added = SourceMapping(
        source_id=source.id,
        number=before.number + 1 if before else 1,
        rules=new.model_dump(include=set(MappingRules.model_fields)),
        samples=new.model_dump()["samples"],
    )
    session.add(added)
    await session.flush()
    return added


async def received_of(session: AsyncSession, source: Source, received_id: UUID) -> Received:
    """Return one payload of a source; NotFound when it has none by that id."""
    received = await queries.received_of(session, source.id, received_id)
    if received is None:
        raise NotFound
    return received


async def replay(session: AsyncSession, source: Source, wanted: Replay) -> int:
    """Give payloads in quarantine back to the worker, to be mapped anew; returns how many."""
    await _must_exist(session, source, wanted.received_ids or ())
    return await queries.try_again(session, source.id, wanted.received_ids, now())


async def rehearse(session: AsyncSession, source: Source, wanted: Replay, seals: Seals) -> list[ReplayResult]:
    """Tell what would become of payloads in quarantine with the mapping that is in use now."""
    await _must_exist(session, source, wanted.received_ids or ())
    waiting = queries.waiting_of(source.id, wanted.received_ids).order_by(Received.id).limit(DRY_RUN_MAX)
    results: list[ReplayResult] = []
    for received in (await session.scalars(waiting)).all():
        done = await queries.positions_given(session, received.id)
        found = await answers(session, await opened(session, received), seals)
        results += [_result(received.id, one) for one in found if one.position not in done]
    return results


async def forget(session: AsyncSession, feedback_id: UUID) -> None:
    """Delete the bytes that a piece of feedback came from, when it is erased."""
    await queries.delete_raw_bodies_of(session, feedback_id, now())


def _result(received_id: UUID, answer: Answer) -> ReplayResult:
    fault = answer.fault
    return ReplayResult(
        received_id=received_id,
        position=answer.position,
        outcome="quarantined" if fault else "mapped",
        error_class=fault and fault.error_class,
        field=fault and fault.field,
    )


async def _must_exist(session: AsyncSession, source: Source, received_ids: Sequence[UUID]) -> None:
    known = await queries.known_received(session, source.id, received_ids)
    if unknown := [place for place, each in enumerate(received_ids) if each not in known]:
        errors = [FieldError(pointer=f"/received_ids/{n}", detail="is not of this source") for n in unknown]
        raise Invalid("Some of these payloads are not of this source.", errors=errors)


def _missing(source: Source) -> list[str]:
    return [name for name in FOOTING if getattr(source, name) is None]


def _check_hmac(hmac: HmacSettings | None) -> None:
    try:
        parsed((hmac and hmac.message_id_expression) or "@")
    except ExpressionRefused as error:
        raise invalid("/hmac/message_id_expression", str(error)) from None


async def _take_secret(session: AsyncSession, source: Source, given: str | None, seals: Seals) -> str | None:
    if given is not None and source.scheme == "standard-webhooks" and not _is_standard(given):
        detail = "A secret for standard-webhooks is whsec_ and 24 to 64 bytes in base64."
        raise SecretRefused(detail, errors=[FieldError(pointer="/secret", detail=detail)])
    secret = given or new_secret(source.scheme)
    session.add(SourceSecret(source_id=source.id, sealed=seals.seal_secret(source.id, secret)))
    return None if given else secret


def _is_standard(secret: str) -> bool:
    prefix, _, encoded = secret.partition("_")
    try:
        return prefix == "whsec" and len(base64.b64decode(encoded, validate=True)) in STANDARD_SECRET_BYTES
    except binascii.Error:
        return False
