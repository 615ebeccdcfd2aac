"""Routes of sources for the organisation that they belong to."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from services.feedback.items.counter import Counter
from services.feedback.settings import Settings
from services.feedback.sources import domain, hooks, present, queries
from services.feedback.sources.models import Quarantined, Source, SourceMapping
from services.feedback.sources.schemas import (
    Attempts,
    MappingShown,
    NewMapping,
    NewSource,
    QuarantinedShown,
    ReceivedShown,
    Replay,
    Replayed,
    Rotated,
    Rotation,
    SourceChange,
    SourceMade,
    SourceShown,
)
from services.feedback.sources.sealing import Seals
from shared.auth import Caller, needs
from shared.db import Session, wake_after_commit
from shared.idempotency import Once
from shared.paging import Page, Paging, keyset, page
from shared.routing import Router
from shared.state import state_of
from shared.versions import IfMatch, etag

router = Router(tags=["sources"])
router.include_router(hooks.router)
Manager = Annotated[Caller, needs("sources:manage")]


def seals_of(request: Request) -> Seals:
    """Return what opens and seals this service's secrets."""
    return Seals(state_of(request, Settings).seal_key)


Sealing = Annotated[Seals, Depends(seals_of)]


@router.post("/v1/sources", status_code=201)
async def register_source(
    new: NewSource, caller: Manager, session: Session, once: Once, seals: Sealing, response: Response
) -> SourceMade:
    """Register a system that sends feedback in; its secret is shown in this answer only."""
    source, secret = await domain.register(session, new, caller, seals)
    response.headers["Location"] = f"/v1/sources/{source.id}"
    response.headers["ETag"] = etag(source.version)
    return once.keep(present.made(source, secret))


@router.get("/v1/sources")
async def list_sources(
    caller: Manager, session: Session, paging: Paging, request: Request, response: Response
) -> Page[SourceShown]:
    """List your organisation's sources, newest first."""
    found, cursor = await keyset(
        session, queries.sources_of(caller.organisation_id), paging, Source.id.desc()
    )
    return page(request, response, [present.shown(source) for source in found], cursor)


@router.get("/v1/sources/{source_id}")
async def read_source(source_id: UUID, caller: Manager, session: Session, response: Response) -> SourceShown:
    """Read one source; never its secret."""
    source = await domain.source_of(session, source_id, caller)
    response.headers["ETag"] = etag(source.version)
    return present.shown(source)


@router.patch("/v1/sources/{source_id}")
async def change_source(
    source_id: UUID,
    changes: SourceChange,
    version: IfMatch,
    caller: Manager,
    session: Session,
    doors: hooks.TheDoors,
    response: Response,
) -> SourceShown:
    """Change a source's settings, pause it (`state: paused`) or let it take in again (`state: live`)."""
    source = await domain.change(session, source_id, changes, caller, version)
    doors.forget(source_id)
    response.headers["ETag"] = etag(source.version)
    return present.shown(source)


@router.post("/v1/sources/{source_id}/rotate-secret")
async def rotate_source_secret(
    source_id: UUID,
    rotation: Rotation,
    caller: Manager,
    session: Session,
    once: Once,
    seals: Sealing,
    doors: hooks.TheDoors,
) -> Rotated:
    """Change the secret; the old one stays good for the overlap, while the sender is changed."""
    secret, ends_at = await domain.rotate_secret(session, source_id, rotation, caller, seals)
    doors.forget(source_id)
    return once.keep(Rotated(secret=secret, previous_valid_until=ends_at))


@router.post("/v1/sources/{source_id}/mappings", status_code=201)
async def add_source_mapping(
    source_id: UUID, new: NewMapping, caller: Manager, session: Session, once: Once, response: Response
) -> MappingShown:
    """Add a version of the mapping; it is in use at once, if all its samples come out as expected."""
    added = await domain.add_mapping(session, source_id, new, caller)
    response.headers["Location"] = f"/v1/sources/{source_id}/mappings"
    return once.keep(present.mapping(added))


@router.get("/v1/sources/{source_id}/mappings")
async def list_source_mappings(
    source_id: UUID, caller: Manager, session: Session, paging: Paging, request: Request, response: Response
) -> Page[MappingShown]:
    """List the versions of a source's mapping, newest first."""
    source = await domain.source_of(session, source_id, caller)
    found, cursor = await keyset(session, queries.mappings_of(source.id), paging, SourceMapping.number.desc())
    return page(request, response, [present.mapping(each) for each in found], cursor)


@router.get("/v1/sources/{source_id}/attempts")
async def list_source_attempts(source_id: UUID, caller: Manager, session: Session) -> Attempts:
    """List the last 50 things posted to a source, with the reason for each refusal; never what was posted."""
    source = await domain.source_of(session, source_id, caller)
    refusals = await queries.refusals_of(session, source.id)
    taken = await queries.newest_received(session, source.id)
    return present.attempts(source, refusals, taken)


@router.get("/v1/sources/{source_id}/quarantine")
async def list_source_quarantine(
    source_id: UUID, caller: Manager, session: Session, paging: Paging, request: Request, response: Response
) -> Page[QuarantinedShown]:
    """List the answers that could not be mapped, newest first: the class of error and the field."""
    source = await domain.source_of(session, source_id, caller)
    found, cursor = await keyset(session, queries.quarantined_of(source.id), paging, Quarantined.id.desc())
    return page(request, response, [present.quarantined(each) for each in found], cursor)


@router.get("/v1/sources/{source_id}/received/{received_id}")
async def read_source_received(
    source_id: UUID, received_id: UUID, caller: Manager, session: Session, request: Request
) -> ReceivedShown:
    """Read what became of a payload: its feedback with the reply codes to pass on, or why it waits."""
    source = await domain.source_of(session, source_id, caller)
    received = await domain.received_of(session, source, received_id)
    given = await queries.given_of(session, received.id)
    faults = await queries.faults_of(session, received.id)
    return present.received(received, given, faults, state_of(request, Counter).desk.codes)


@router.post("/v1/sources/{source_id}/replay", status_code=202)
async def replay_source(
    source_id: UUID, wanted: Replay, caller: Manager, session: Session, once: Once, seals: Sealing
) -> Replayed:
    """Map payloads in quarantine again with the mapping in use now, or only tell what would happen."""
    source = await domain.source_of(session, source_id, caller)
    if wanted.dry_run:
        results = await domain.rehearse(session, source, wanted, seals)
        return once.keep(Replayed(replayed=0, dry_run=True, results=results))
    wake_after_commit(session)
    replayed = await domain.replay(session, source, wanted)
    return once.keep(Replayed(replayed=replayed, dry_run=False, results=[]))
