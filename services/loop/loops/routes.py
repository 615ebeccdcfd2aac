"""Loops over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from services.loop.loops import domain, handling
from services.loop.loops.acting import Acting, StepRequest, answered, keep_loop, who_takes
from services.loop.loops.errors import NotResponsible, StatementGiven, StepNotAllowed
from services.loop.loops.following import next_steps
from services.loop.loops.schemas import (
    Acknowledgement,
    LoopFilter,
    LoopOut,
    LoopShown,
    NewLoop,
    NextSteps,
    Statement,
    Wording,
)
from services.loop.loops.shown import outlines
from services.loop.models import Loop
from shared.auth import ActorRequired, Anyone, Caller, needs
from shared.db import Session
from shared.errors import NotFound
from shared.idempotency import Once
from shared.paging import Page, Paging, keyset, page
from shared.routing import Router

router = Router(prefix="/v1/loops", tags=["loops"])
Raiser = Annotated[Caller, needs()]
Wanted = Annotated[LoopFilter, Depends()]


@router.post("", status_code=201, summary="Draft a loop")
async def draft_loop(
    new: NewLoop, response: Response, session: Session, caller: Raiser, actor: ActorRequired, once: Once
) -> LoopShown:
    """Draft a loop from feedback for the body that is to answer.

    Needs `loop:write` for your own body, `loop:raise` for any other. It is seen by that body and by you.
    """
    loop = await domain.draft(session, new, caller, actor)
    return once.keep(await answered(session, caller, loop, response))


@router.get("", summary="List loops")
async def list_loops(
    wanted: Wanted, paging: Paging, request: Request, response: Response, session: Session, caller: Anyone
) -> Page[LoopOut]:
    """List the loops that you may see, the newest first."""
    loops, cursor = await keyset(
        session, await domain.listed(session, caller, wanted), paging, Loop.id.desc()
    )
    return page(request, response, await outlines(session, caller, loops), cursor)


@router.get("/{loop_id}", summary="Read a loop")
async def read_loop(loop_id: UUID, response: Response, session: Session, caller: Anyone) -> LoopShown:
    """Read one loop with all that happened to it; a draft is there only for its body and its raiser."""
    return await answered(session, caller, await domain.find(session, caller, loop_id), response)


@router.get("/{loop_id}/next", summary="See what may be done next")
async def list_next_steps(loop_id: UUID, session: Session, caller: Anyone) -> NextSteps:
    """List the steps that the state allows: by whom, by when, all that is missing, and an example of each."""
    return await next_steps(session, caller, await domain.find(session, caller, loop_id))


@router.post("/{loop_id}/opening", summary="Open a loop, or moderate an open one")
async def open_loop(
    loop_id: UUID, given: Wording, who: Acting, response: Response, session: Session, once: Once
) -> LoopShown:
    """Make a draft public after a person has read it; of an open loop, say that a person has read it."""
    loop = await handling.open_loop(session, who, loop_id, given)
    return once.keep(await answered(session, who.caller, loop, response))


@router.post("/{loop_id}/acknowledgement", summary="Acknowledge what was said")
async def acknowledge_loop(
    loop_id: UUID, given: Acknowledgement, who: Acting, response: Response, session: Session, once: Once
) -> LoopShown:
    """Say that the body has heard, and have everybody told who can be; it opens a draft as well.

    `preview_id` comes from the preview of tellings, which shows who will be told.
    """
    loop = await handling.acknowledge(session, who, loop_id, given)
    return once.keep(await answered(session, who.caller, loop, response))


@router.post(
    "/{loop_id}/consideration",
    summary="Begin to consider",
    problems=(NotFound, NotResponsible, StepNotAllowed),
)
async def consider_loop(loop_id: UUID, step: StepRequest) -> LoopShown:
    """Say that the body begins to consider what to do."""
    return await keep_loop(step, await handling.consider(step.session, who_takes(step), loop_id))


@router.post(
    "/{loop_id}/statement",
    summary="Attach the body's statement",
    problems=(NotFound, NotResponsible, StepNotAllowed, StatementGiven),
)
async def state_on_loop(loop_id: UUID, given: Statement, step: StepRequest) -> LoopShown:
    """Attach the one statement that the body may make."""
    return await keep_loop(step, await handling.state(step.session, who_takes(step), loop_id, given))
