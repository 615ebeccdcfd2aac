"""Decisions over HTTP."""

from uuid import UUID

from services.loop.core.http import StepRequest, route_step
from services.loop.decisions.domain import decide
from services.loop.decisions.schemas import NewDecision
from services.loop.decisions.steps import DECISION
from services.loop.view.domain import keep_loop
from services.loop.view.schemas import LoopView
from shared.routing import Router

router = Router(tags=["loops"])


@route_step(router, DECISION)
async def decide_loop(loop_id: UUID, new: NewDecision, change: StepRequest) -> LoopView:
    """Record what was decided, where, by which role and why.

    To decline, say what would change the answer, when you look again or why never, and how to object.
    """
    loop, decision = await decide(change, loop_id, new)
    return await keep_loop(change, loop, decision.id)
