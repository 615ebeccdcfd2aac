"""Routes for the owner of a source who looks at what its system sent."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

from services.feedback.errors import BodySucceeded, MappingRefused, PayloadDeleted, SourceNotFound
from services.feedback.sources import domain, mending, previewing
from services.feedback.sources.acts import record_source_act_of
from services.feedback.sources.hooks import Sealing
from services.feedback.sources.previewing_schemas import MappingPreview, PreviewOfRules, PreviewOfVersion
from services.feedback.sources.received_schemas import PayloadView
from shared.auth import ActorRequired, Caller, needs
from shared.db import Session
from shared.errors import NotFound, TooMany
from shared.routing import Router

router = Router(prefix="/v1/sources/{source_id}", tags=["sources"])
VERSION_MAX = 2**31 - 1
Identifier = Annotated[Caller, needs("sources:manage", "feedback:identify")]
# A preview shows words as feedback would, whatever the mapping makes of them.
Previewer = Annotated[Caller, needs("sources:manage", "feedback:read")]
Version = Annotated[int, Path(ge=1, le=VERSION_MAX)]


@router.get(
    "/received/{received_id}/payload", problems=(BodySucceeded, NotFound, PayloadDeleted, SourceNotFound)
)
async def read_source_payload(
    source_id: UUID,
    received_id: UUID,
    caller: Identifier,
    actor: ActorRequired,
    session: Session,
    seals: Sealing,
) -> PayloadView:
    """Read a payload as it is stored, without masks; each use stands in the audit."""
    source = await domain.find_source_to_use(session, source_id, caller)
    received = await domain.find_payload(session, source, received_id)
    view = await mending.open_payload(session, received, seals)
    record_source_act_of(session, caller, actor, source.id, "source_payload_read")
    return view


@router.post(
    "/mappings/{version}/preview",
    only_reads=True,
    problems=(BodySucceeded, NotFound, SourceNotFound, TooMany),
)
async def preview_source_mapping(
    source_id: UUID,
    version: Version,
    wanted: PreviewOfVersion,
    caller: Previewer,
    actor: ActorRequired,
    session: Session,
    seals: Sealing,
) -> MappingPreview:
    """Try a version of the mapping on the last payloads, beside the version in use. Nothing is stored."""
    source = await domain.find_source_to_use(session, source_id, caller)
    rules = await mending.rules_of_version(session, source, version)
    preview = await previewing.preview_mapping(session, source, rules, wanted.last, seals)
    record_source_act_of(session, caller, actor, source.id, "source_mapping_previewed")
    return preview


@router.post(
    "/mapping-preview", only_reads=True, problems=(BodySucceeded, MappingRefused, SourceNotFound, TooMany)
)
async def preview_new_mapping(
    source_id: UUID,
    wanted: PreviewOfRules,
    caller: Previewer,
    actor: ActorRequired,
    session: Session,
    seals: Sealing,
) -> MappingPreview:
    """Try a mapping that is not saved on the last payloads, beside the version in use. Nothing is stored."""
    source = await domain.find_source_to_use(session, source_id, caller)
    await mending.check_draft(wanted, source)
    preview = await previewing.preview_mapping(session, source, wanted, wanted.last, seals)
    record_source_act_of(session, caller, actor, source.id, "source_mapping_previewed")
    return preview
