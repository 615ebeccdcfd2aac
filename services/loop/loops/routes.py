"""Loops over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.loop.loops import domain
from services.loop.loops.schemas import LoopFilter, LoopOut, NewLoop
from services.loop.models import Loop
from shared.auth import ActorRequired, Anyone, Caller, needs
from shared.db import Session
from shared.idempotency import Once
from shared.paging import Page, Paging, keyset, page
from shared.versions import etag

router = APIRouter(prefix="/v1/loops", tags=["loops"])
Raiser = Annotated[Caller, needs()]
Wanted = Annotated[LoopFilter, Depends()]


@router.post("", status_code=201, summary="Draft a loop")
async def draft_loop(
    new: NewLoop, response: Response, session: Session, caller: Raiser, actor: ActorRequired, once: Once
) -> LoopOut:
    """Draft a loop from feedback for the body that is to answer.

    Needs `loop:write` for your own body, `loop:raise` for any other. It is seen by that body and by you.
    """
    loop = await domain.draft(session, new, caller, actor)
    response.headers.update({"Location": f"/v1/loops/{loop.id}", "ETag": etag(loop.version)})
    return once.keep(LoopOut.model_validate(loop))


@router.get("", summary="List loops")
async def list_loops(
    wanted: Wanted, paging: Paging, request: Request, response: Response, session: Session, caller: Anyone
) -> Page[LoopOut]:
    """List the loops that you may see, the newest first."""
    loops, cursor = await keyset(
        session, await domain.listed(session, caller, wanted), paging, Loop.id.desc()
    )
    return page(request, response, [LoopOut.model_validate(loop) for loop in loops], cursor)


@router.get("/{loop_id}", summary="Read a loop")
async def read_loop(loop_id: UUID, response: Response, session: Session, caller: Anyone) -> LoopOut:
    """Read one loop; a draft is there only for its body and for who raised it."""
    loop = await domain.find(session, caller, loop_id)
    response.headers["ETag"] = etag(loop.version)
    return LoopOut.model_validate(loop)
