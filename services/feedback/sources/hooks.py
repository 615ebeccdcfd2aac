"""The address that senders post to: signed instead of keyed, and read as the bytes that came."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from pydantic import JsonValue

from services.feedback.errors import (
    BodyNotJson,
    BodyTypeNotRead,
    EventNotTaken,
    MessageIdRefused,
    MessageIdReused,
    SignatureRefused,
    SourceClosed,
    SourceFull,
    SourceNotFound,
    SourceNotLive,
)
from services.feedback.settings import Settings
from services.feedback.sources.cache import SourceCache
from services.feedback.sources.received_schemas import HookReady, HookTaken
from services.feedback.sources.receiving import PostedPayload, receive_payload, shows_secret
from services.feedback.sources.sealing import SourceSeals
from shared.auth import Anyone
from shared.routing import OpenRoute, Router
from shared.state import ServiceState, state_of

PATH = "/v1/hooks"
router = Router(prefix=PATH, tags=["hooks"], route_class=OpenRoute)

NO_CONTENT = 204
OTHER_SUCCESS: dict[int | str, dict[str, object]] = {
    200: {"model": HookTaken, "description": "As 202, if the source asks for it."},
    201: {"model": HookTaken, "description": "As 202, if the source asks for it."},
    NO_CONTENT: {"description": "As 202, if the source asks for it; the id is among its attempts."},
}

BODY: dict[str, JsonValue] = {
    "requestBody": {
        "required": True,
        "description": "An answer or a list of answers in the sender's own form, signed as the source says.",
        "content": {
            "application/json": {
                "schema": {"description": "An object, or a list."},
            },
            "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
            "multipart/form-data": {"schema": {"type": "object"}},
            "application/x-ndjson": {"schema": {"description": "A JSON object a line."}},
        },
    }
}

# Who may post shows by the signature, never by a key.
SIGNED: dict[str, JsonValue] = {"security": []}


async def cache_of_request(request: Request) -> SourceCache:
    """The cache of sources of this process."""
    return state_of(request, SourceCache)


async def seals_of_request(request: Request) -> SourceSeals:
    """The keys that seal and open secrets and payloads."""
    return SourceSeals(state_of(request, Settings).seal_key)


REFUSALS = (
    BodyNotJson,
    BodyTypeNotRead,
    EventNotTaken,
    MessageIdRefused,
    MessageIdReused,
    SignatureRefused,
    SourceClosed,
    SourceFull,
    SourceNotFound,
    SourceNotLive,
)
Sources = Annotated[SourceCache, Depends(cache_of_request)]
Sealing = Annotated[SourceSeals, Depends(seals_of_request)]


@router.post(
    "/{source_id}",
    status_code=202,
    response_model=HookTaken,
    responses=OTHER_SUCCESS,
    openapi_extra=BODY | SIGNED,
    problems=REFUSALS,
)
async def take_hook(source_id: UUID, _: Anyone, sources: Sources, request: Request) -> Response:
    """Post a payload of a source: it is verified and stored here, and mapped afterwards.

    The answer says whether it is new, a repeat or a revision. The source chooses the status of success.
    """
    return await take_payload(sources, request, source_id)


@router.post(
    "/{source_id}/{secret}",
    status_code=202,
    response_model=HookTaken,
    responses=OTHER_SUCCESS,
    openapi_extra=BODY | SIGNED,
    problems=REFUSALS,
)
async def take_secret_hook(
    source_id: UUID, secret: str, _: Anyone, sources: Sources, request: Request
) -> Response:
    """Post a payload to the whole address of a `secret-path` source, which ends with its secret.

    For suppliers that can neither sign nor send a header. Whoever knows the address can post to it.
    """
    return await take_payload(sources, request, source_id, secret)


async def take_payload(
    sources: SourceCache, request: Request, source_id: UUID, path_secret: str | None = None
) -> Response:
    """Store what was posted, and answer as the source wants it."""
    posted = PostedPayload(source_id, request.headers, await request.body(), path_secret)
    receipt = await receive_payload(sources, posted)
    state_of(request, ServiceState).wake_workers()
    if receipt.success_status == NO_CONTENT:
        return Response(status_code=NO_CONTENT)
    taken = HookTaken(
        received_id=receipt.received_id,
        outcome=receipt.outcome,
        repeat_of=receipt.repeat_of,
        files_left_out=list(receipt.files_left_out),
    )
    return Response(taken.model_dump_json(), receipt.success_status, media_type="application/json")


@router.get("/{source_id}", openapi_extra=SIGNED, problems=(SourceClosed, SourceNotFound))
async def probe_hook(source_id: UUID, _: Anyone, sources: Sources) -> HookReady:
    """Check that the address exists."""
    await sources.find_entry(source_id)
    return HookReady()


@router.get("/{source_id}/{secret}", openapi_extra=SIGNED, problems=(SourceClosed, SourceNotFound))
async def probe_secret_hook(source_id: UUID, secret: str, _: Anyone, sources: Sources) -> HookReady:
    """Check that the whole address of a source with the scheme `secret-path` is right."""
    if not shows_secret(await sources.find_entry(source_id), secret):
        raise SourceNotFound
    return HookReady()
