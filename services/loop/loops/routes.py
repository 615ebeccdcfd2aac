"""Loops over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response, Security

from services.loop.core.access import find_loop
from services.loop.core.http import StepRequest, route_step
from services.loop.errors import ComplaintInLoop, FeedbackAboutOthers, FeedbackGone, OnlyCuts
from services.loop.loops import domain, handling
from services.loop.loops.agreements import AGREEMENT, Agreement
from services.loop.loops.schemas import (
    Acknowledgement,
    LoopFilter,
    NewLoop,
    Resumption,
    Statement,
    Wording,
)
from services.loop.loops.steps import (
    ACKNOWLEDGEMENT,
    CONSIDERATION,
    MODERATION_BY_OTHERS,
    OPENING,
    RESUMPTION,
    RESUMPTION_BY_OTHERS,
    STATEMENT,
)
from services.loop.models import Loop
from services.loop.view.domain import keep_loop, loop_summary, loop_view
from services.loop.view.schemas import LoopOut, LoopView
from shared.auth import Anyone
from shared.change_request import (
    AttributedEditRequest,
    AttributedRequest,
    attributed_edit_request,
    attributed_request,
)
from shared.copies import UNKNOWN_BODY
from shared.db import Session
from shared.errors import Invalid, NotFound, ScopeMissing
from shared.paging import Page, Paging, keyset
from shared.routing import Router
from shared.state import made_of_query
from shared.versions import etag

router = Router(tags=["loops"])
# Which scope a draft needs depends on the body that must answer.
DraftRequest = Annotated[AttributedRequest, Security(attributed_request, scopes=[])]
# Who raised the loop needs other scopes than who verifies.
OthersRequest = Annotated[AttributedEditRequest, Security(attributed_edit_request, scopes=[])]
Wanted = Annotated[LoopFilter, Depends(made_of_query(LoopFilter))]


@router.post(
    "/v1/loops",
    status_code=201,
    summary="Draft a loop",
    problems=(
        ScopeMissing,
        *UNKNOWN_BODY,
        ComplaintInLoop,
        FeedbackAboutOthers,
        FeedbackGone,
        Invalid,
    ),
)
async def draft_loop(new: NewLoop, change: DraftRequest) -> LoopView:
    """Draft a loop from feedback for the body that must answer.

    You need `loop:write` for your own body, `loop:raise` for any other. Only that body and you see it.
    """
    return await keep_loop(change, await domain.draft_loop(change, new))


@router.get("/v1/loops", summary="List loops", problems=UNKNOWN_BODY, is_kept=True)
async def list_loops(wanted: Wanted, paging: Paging, session: Session, caller: Anyone) -> Page[LoopOut]:
    """List the loops that you may see, newest first."""
    query = await domain.loops_query(session, caller, wanted)
    loops, cursor = await keyset(session, query, paging, Loop.id.desc())
    return paging.answer([loop_summary(caller, loop) for loop in loops], cursor)


@router.get("/v1/loops/{loop_id}", summary="Read a loop", problems=(NotFound,), is_kept=True)
async def read_loop(loop_id: UUID, response: Response, session: Session, caller: Anyone) -> LoopView:
    """Read one loop with everything that happened to it. Only its body and its raiser can see a draft."""
    loop = await find_loop(session, caller, loop_id)
    response.headers.update({"Location": f"/v1/loops/{loop.id}", "ETag": etag(loop.version)})
    return await loop_view(session, caller, loop)


@route_step(router, AGREEMENT)
async def agree_to_loop(loop_id: UUID, new: Agreement, change: StepRequest) -> LoopView:
    """Agree that another body answers what was said about yours, or refuse. You see the draft until then.

    A board may answer feedback that names another body only with that body's agreement. You can change your
    answer until the loop opens. If you refuse, the draft loses that feedback, and you see it no more.
    No answer in five working days counts as a no.
    """
    return await keep_loop(change, await handling.agree_to_loop(change, loop_id, new))


@route_step(router, OPENING, OnlyCuts)
async def open_loop(loop_id: UUID, new: Wording, change: StepRequest) -> LoopView:
    """Make a draft public after a person has read it, or record that a person has read an open loop."""
    return await keep_loop(change, await handling.open_loop(change, loop_id, new))


@route_step(router, RESUMPTION, OnlyCuts)
async def resume_loop(loop_id: UUID, new: Resumption, change: StepRequest) -> LoopView:
    """Set the complaint aside in a halted loop, after a person has read the loop's words.

    The complaint counts no more in the loop. The person who made it can still give a verdict.
    """
    return await keep_loop(change, await handling.resume_loop(change, loop_id, new))


@route_step(router, RESUMPTION_BY_OTHERS)
async def resume_for_body(loop_id: UUID, new: Resumption, change: OthersRequest) -> LoopView:
    """Set the complaint aside in a halted loop that its body has not resumed in 5 working days.

    You need `loop:verify`, or to have raised the loop. You cannot be the body. You may only cut its words.
    If all that it answers became complaints, give others: the loop says that others changed its words.
    """
    return await keep_loop(change, await handling.resume_for_body(change, loop_id, new))


@route_step(router, MODERATION_BY_OTHERS)
async def moderate_for_body(loop_id: UUID, new: Wording, change: OthersRequest) -> LoopView:
    """Make the words of a loop public that its body has not looked at in 5 working days.

    You need `loop:verify`, or to have raised the loop. You cannot be the body. You may only cut: put `[…]` in
    the place of what identifies somebody.
    """
    return await keep_loop(change, await handling.moderate_for_body(change, loop_id, new))


@route_step(router, ACKNOWLEDGEMENT, OnlyCuts)
async def acknowledge_loop(loop_id: UUID, new: Acknowledgement, change: StepRequest) -> LoopView:
    """Acknowledge what people said, and tell everybody who can be told. This also opens a draft.

    Take the `preview_id` from the preview of tellings, which shows how many people will be told.
    """
    return await keep_loop(change, await handling.acknowledge_loop(change, loop_id, new))


@route_step(router, CONSIDERATION)
async def consider_loop(loop_id: UUID, change: StepRequest) -> LoopView:
    """Record that the body begins to consider what to do."""
    return await keep_loop(change, await handling.consider_loop(change, loop_id))


@route_step(router, STATEMENT)
async def state_on_loop(loop_id: UUID, new: Statement, change: StepRequest) -> LoopView:
    """Attach the one statement that the body may make."""
    return await keep_loop(change, await handling.attach_statement(change, loop_id, new))
