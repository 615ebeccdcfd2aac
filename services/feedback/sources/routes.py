"""Routes of sources, for the organisation that owns them."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import Request, Response, Security

from services.feedback.errors import (
    BodySucceeded,
    MappingRefused,
    OrganisationRequired,
    PayloadsWaiting,
    SampleFailed,
    SecretRefused,
    SourceNotFound,
    SourceNotReady,
    TooManySources,
)
from services.feedback.items.intake import Tools
from services.feedback.sources import closing, domain, health, hooks, queries, replaying, views
from services.feedback.sources.acts import record_source_act, record_source_act_of
from services.feedback.sources.models import Quarantined, Source, SourceMapping
from services.feedback.sources.received_schemas import (
    AttemptsView,
    ClosedSource,
    QuarantinedView,
    ReceivedView,
    Replay,
    ReplaySummary,
)
from services.feedback.sources.schemas import (
    MappingView,
    NewMapping,
    NewSource,
    NewSourceView,
    RotatedSecret,
    Rotation,
    SourceChange,
    SourceView,
)
from shared.auth import ActorRequired, Caller, needs
from shared.change_request import (
    AttributedEditRequest,
    AttributedRequest,
    attributed_edit_request,
    attributed_request,
)
from shared.clock import now
from shared.db import Session
from shared.errors import Invalid, NotFound, TooMany
from shared.events.feedback import SourceAction
from shared.methods import HEAD
from shared.paging import Page, Paging, keyset
from shared.routing import Router
from shared.versions import etag

router = Router(tags=["sources"])
Manager = Annotated[Caller, needs("sources:manage")]
Change = Annotated[AttributedRequest, Security(attributed_request, scopes=["sources:manage"])]
Edit = Annotated[AttributedEditRequest, Security(attributed_edit_request, scopes=["sources:manage"])]
# What a change of a source is called in the audit, by the state that it asks for.
CHANGED_TO: Mapping[str | None, SourceAction] = {
    None: "source_changed",
    "paused": "source_paused",
    "live": "source_made_live",
}


@router.post(
    "/v1/sources",
    status_code=201,
    problems=(BodySucceeded, Invalid, OrganisationRequired, SecretRefused, TooManySources),
)
async def register_source(new: NewSource, change: Change, seals: hooks.Sealing) -> NewSourceView:
    """Register a system that sends in feedback; only this answer shows its secret."""
    source, secret = await domain.register_source(change.session, new, change.caller, seals)
    record_source_act(change, source.id, "source_registered")
    view = views.new_source_view(source, secret)
    return change.keep(view, location=f"/v1/sources/{source.id}", version=source.version)


@router.get("/v1/sources")
async def list_sources(caller: Manager, session: Session, paging: Paging) -> Page[SourceView]:
    """List your organisation's sources, newest first."""
    statement = queries.sources_of_caller(caller)
    found, cursor = await keyset(session, statement, paging, Source.id.desc())
    known = await health.health_of_sources(session, found)
    return paging.answer([views.source_view(source, known[source.id]) for source in found], cursor)


@router.get("/v1/sources/{source_id}", problems=(SourceNotFound,))
async def read_source(source_id: UUID, caller: Manager, session: Session, response: Response) -> SourceView:
    """Read one source; never its secret."""
    source = await domain.find_own_source(session, source_id, caller)
    response.headers["ETag"] = etag(source.version)
    known = await health.health_of_sources(session, [source])
    return views.source_view(source, known[source.id])


@router.patch("/v1/sources/{source_id}", problems=(BodySucceeded, SourceNotFound, SourceNotReady))
async def change_source(
    source_id: UUID, changes: SourceChange, edit: Edit, sources: hooks.Sources
) -> SourceView:
    """Change a source's settings, pause it (`state: paused`) or make it live again (`state: live`)."""
    source = await domain.change_source(edit.session, source_id, changes, edit.caller, edit.version)
    record_source_act(edit, source.id, CHANGED_TO[changes.state])
    sources.drop_entry(source_id)
    known = await health.health_of_sources(edit.session, [source])
    return edit.keep(views.source_view(source, known[source.id]), version=source.version)


@router.delete("/v1/sources/{source_id}", problems=(BodySucceeded, PayloadsWaiting, SourceNotFound))
async def close_source(
    source_id: UUID, edit: Edit, sources: hooks.Sources, discard: bool = False
) -> ClosedSource:
    """Close a source for good: its secrets are deleted and its address answers 410. Its feedback stays.

    If payloads of it wait, it is refused (409) unless `discard=true` says that they are to be deleted.
    """
    closed = await closing.close_source(edit, source_id, discard=discard)
    record_source_act(edit, source_id, "source_closed")
    sources.drop_entry(source_id)
    return edit.keep(closed)


@router.post("/v1/sources/{source_id}/rotate-secret", problems=(BodySucceeded, SecretRefused, SourceNotFound))
async def rotate_source_secret(
    source_id: UUID, rotation: Rotation, change: Change, seals: hooks.Sealing, sources: hooks.Sources
) -> RotatedSecret:
    """Change the secret; the old one stays valid for the overlap, while you change the sender."""
    rotated = await domain.rotate_secret(change.session, source_id, rotation, change.caller, seals)
    secret, ends_at = rotated
    record_source_act(change, source_id, "source_secret_changed")
    sources.drop_entry(source_id)
    return change.keep(RotatedSecret(secret=secret, previous_valid_until=ends_at))


@router.post(
    "/v1/sources/{source_id}/mappings",
    status_code=201,
    problems=(BodySucceeded, MappingRefused, SampleFailed, SourceNotFound, TooMany),
)
async def add_source_mapping(source_id: UUID, new: NewMapping, change: Change) -> MappingView:
    """Add a version of the mapping; it is used immediately if its samples give the expected feedback."""
    added = await domain.add_mapping(change.session, source_id, new, change.caller)
    record_source_act(change, source_id, "source_mapping_added")
    return change.keep(views.mapping_view(added), location=f"/v1/sources/{source_id}/mappings")


@router.get("/v1/sources/{source_id}/mappings", problems=(SourceNotFound,))
async def list_source_mappings(
    source_id: UUID, caller: Manager, session: Session, paging: Paging
) -> Page[MappingView]:
    """List the versions of a source's mapping, newest first."""
    source = await domain.find_own_source(session, source_id, caller)
    statement = queries.mappings_of_source(source.id)
    found, cursor = await keyset(session, statement, paging, SourceMapping.number.desc())
    return paging.answer([views.mapping_view(each) for each in found], cursor)


@router.get("/v1/sources/{source_id}/attempts", problems=(SourceNotFound,))
async def list_source_attempts(source_id: UUID, caller: Manager, session: Session) -> AttemptsView:
    """List the last 50 payloads posted to a source, with the reason for each refusal; never their content."""
    source = await domain.find_own_source(session, source_id, caller)
    refusals = await queries.refusals_of_source(session, source.id)
    accepted = await queries.newest_payloads_of_source(session, source.id)
    return views.attempts_view(source, refusals, accepted)


@router.get("/v1/sources/{source_id}/quarantine", problems=(SourceNotFound,))
async def list_source_quarantine(
    source_id: UUID, caller: Manager, session: Session, seals: hooks.Sealing, paging: Paging
) -> Page[QuarantinedView]:
    """List the answers that could not be mapped, newest first: the error class, the field and the value."""
    source = await domain.find_own_source(session, source_id, caller)
    statement = queries.quarantine_of_source(source.id)
    found, cursor = await keyset(session, statement, paging, Quarantined.id.desc())
    return paging.answer([views.quarantined_view(each, source, seals) for each in found], cursor)


@router.get("/v1/sources/{source_id}/received/{received_id}", problems=(NotFound, SourceNotFound))
async def read_source_received(
    source_id: UUID,
    received_id: UUID,
    caller: Manager,
    actor: ActorRequired,
    session: Session,
    tools: Tools,
    request: Request,
) -> ReceivedView:
    """Read what happened to a payload: its feedback, or the faults.

    The first answer has the reply codes to pass on to people. Codes belong to them: later answers have none.
    A system that reads them by itself names in `Doorway-Actor` the person who answers for it.
    """
    source = await domain.find_own_source(session, source_id, caller)
    payload = await domain.find_payload(session, source, received_id)
    feedback = await queries.feedback_of_payload(session, payload.id)
    faults = await queries.faults_of_payload(session, payload.id)
    # HEAD shows nothing, so it must not use up what is shown once. The heir of a body passes on its codes.
    shows_none = HEAD in request.scope or caller.ended
    unshown = set() if shows_none else await queries.claim_unshown_codes(session, payload.id, now())
    if unshown:
        record_source_act_of(session, caller, actor, source.id, "reply_codes_shown")
    return views.received_view(payload, feedback, faults, tools.codes, unshown)


@router.post(
    "/v1/sources/{source_id}/replay", status_code=202, problems=(BodySucceeded, SourceNotFound, TooMany)
)
async def replay_source(
    source_id: UUID, wanted: Replay, change: Change, seals: hooks.Sealing
) -> ReplaySummary:
    """Map payloads in quarantine again with the mapping in use now, or only say what would happen."""
    source = await domain.find_source_to_use(change.session, source_id, change.caller)
    if wanted.dry_run:
        return change.keep(await replaying.rehearse_replay(change.session, source, wanted, seals))
    summary = await replaying.replay_payloads(change.session, source, wanted)
    record_source_act(change, source.id, "source_payloads_replayed")
    return change.keep(summary)
