"""The address that senders post to: signed instead of keyed, and read as the bytes that came."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from services.feedback.sources.door import Doors
from services.feedback.sources.intake import Posted, take_in
from services.feedback.sources.schemas import HookReady, HookTaken
from shared.auth import Anyone
from shared.routing import Router
from shared.state import ServiceState, state_of

PATH = "/v1/hooks"
router = Router(prefix=PATH, tags=["hooks"])

NO_CONTENT = 204
OTHER_SUCCESS: dict[int | str, dict[str, Any]] = {
    200: {"model": HookTaken, "description": "As 202, where the source asks for it."},
    201: {"model": HookTaken, "description": "As 202, where the source asks for it."},
    NO_CONTENT: {"description": "As 202, where the source asks for it; the id is among its attempts."},
}

BODY = {
    "requestBody": {
        "required": True,
        "description": "An answer or a list of answers in the sender's own form, signed as the source says.",
        "content": {
            "application/json": {
                "schema": {"anyOf": [{"type": "object"}, {"type": "array", "items": {}}]},
            },
            "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
        },
    }
}


def doors_of(request: Request) -> Doors:
    """Return the doors of this process."""
    return state_of(request, Doors)


TheDoors = Annotated[Doors, Depends(doors_of)]


@router.post(
    "/{source_id}",
    status_code=202,
    response_model=HookTaken,
    responses=OTHER_SUCCESS,
    openapi_extra=BODY,
)
async def take_hook(source_id: UUID, _: Anyone, doors: TheDoors, request: Request) -> Response:
    """Take what a source's system posts: it is verified and kept here, and mapped afterwards.

    The same message again gets the same answer; the status of success is the source's to choose.
    """
    taken = await take_in(doors, Posted(source_id, request.headers, await request.body()))
    state_of(request, ServiceState).wake_workers()
    if taken.success_status == NO_CONTENT:
        return Response(status_code=NO_CONTENT)
    answer = HookTaken(received_id=taken.received_id).model_dump_json()
    return Response(answer, taken.success_status, media_type="application/json")


@router.get("/{source_id}")
async def probe_hook(source_id: UUID, _: Anyone, doors: TheDoors) -> HookReady:
    """Tell a supplier's system that the address exists."""
    await doors.find(source_id)
    return HookReady()


@router.head("/{source_id}", include_in_schema=False)
async def probe_hook_head(source_id: UUID, _: Anyone, doors: TheDoors) -> Response:
    """Tell a supplier's system that the address exists."""
    await doors.find(source_id)
    return Response()
