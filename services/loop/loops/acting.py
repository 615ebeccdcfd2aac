"""What each step of a loop begins and ends with over HTTP: who acts on what, and the loop after it."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response, Security
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.loops.attempts import Who
from services.loop.loops.schemas import LoopShown
from services.loop.loops.shown import shown
from services.loop.models import Loop
from shared.auth import ActorRequired, Caller, needs
from shared.change_request import AttributedEditRequest, attributed_edit_request
from shared.versions import IfMatch, etag


async def acting(
    caller: Annotated[Caller, needs("loop:write")], actor: ActorRequired, version: IfMatch
) -> Who:
    """Return who takes a step, and on which version."""
    return Who(caller, actor, version)


async def verifying(
    caller: Annotated[Caller, needs("loop:verify")], actor: ActorRequired, version: IfMatch
) -> Who:
    """Return who judges evidence, and on which version of the loop."""
    return Who(caller, actor, version)


StepRequest = Annotated[AttributedEditRequest, Security(attributed_edit_request, scopes=["loop:write"])]
Acting = Annotated[Who, Depends(acting)]
Verifying = Annotated[Who, Depends(verifying)]


async def answered(
    session: AsyncSession, caller: Caller, loop: Loop, response: Response, made_id: UUID | None = None
) -> LoopShown:
    """Return the loop after a step, with where it is and its new version."""
    response.headers.update({"Location": f"/v1/loops/{loop.id}", "ETag": etag(loop.version)})
    return await shown(session, caller, loop, made_id)


def who_takes(step: AttributedEditRequest) -> Who:
    """Return who takes a step, and on which version."""
    return Who(step.caller, step.actor, step.version)


async def keep_loop(step: AttributedEditRequest, loop: Loop, made_id: UUID | None = None) -> LoopShown:
    """Answer a step with the loop after it, where it is and its new version; a repeat gets the same."""
    view = await shown(step.session, step.caller, loop, made_id)
    return step.keep(view, location=f"/v1/loops/{loop.id}", version=loop.version)
