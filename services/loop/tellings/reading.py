"""Reading how far telling has come: only for the body that is to answer, and who raised the loop."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.loops.domain import find
from services.loop.loops.queries import is_inside
from services.loop.models import Loop
from services.loop.tellings import queries
from services.loop.tellings.domain import preview
from services.loop.tellings.outcomes import OPEN, UNREACHABLE
from services.loop.tellings.schemas import GroupTellingOut, PreviewOut, TellingOut, ToldOut
from shared.auth import Caller
from shared.errors import NotFound
from shared.events.loop import TellingKind


async def seen_from_inside(session: AsyncSession, caller: Caller, loop_id: UUID) -> Loop:
    """Return a loop of the caller's own; NotFound for any other."""
    loop = await find(session, caller, loop_id)
    if not is_inside(caller, loop):
        raise NotFound
    return loop


async def previewed(session: AsyncSession, caller: Caller, loop_id: UUID, kind: TellingKind) -> PreviewOut:
    """Return who would be told if it were asked for now."""
    seen = await preview(session, await seen_from_inside(session, caller, loop_id), kind)
    return PreviewOut(**seen._asdict(), unreachable=seen.contributors - seen.reachable)


async def told(session: AsyncSession, caller: Caller, loop_id: UUID) -> ToldOut:
    """Return each telling of a loop, and how many were told of what came of it."""
    loop = await seen_from_inside(session, caller, loop_id)
    tellings = await queries.all_tellings(session, loop)
    final = {each.feedback_id: each for each in tellings if each.kind in queries.FINAL}.values()
    return ToldOut(
        told=sum(each.state == "delivered" for each in final),
        reachable=sum(each.reason not in UNREACHABLE for each in final),
        waiting=sum(each.state in OPEN for each in final),
        tellings=[TellingOut.model_validate(each) for each in tellings],
        group_tellings=[
            GroupTellingOut.model_validate(each) for each in await queries.group_tellings(session, loop)
        ],
    )
