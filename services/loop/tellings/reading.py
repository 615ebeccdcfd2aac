"""Reading how many people have been told: only for the body that must answer, and the loop's raiser."""

from typing import get_args
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.access import find_own_loop
from services.loop.core.queries import parts_of
from services.loop.records import GroupTelling, Telling
from services.loop.tellings import queries
from services.loop.tellings.domain import preview_tellings
from services.loop.tellings.progress import OPEN, UNREACHABLE
from services.loop.tellings.schemas import GroupTellingOut, PreviewOut, TellingOut, TellingsView, Unreachable
from shared.auth import Caller
from shared.disclosure import public_distribution
from shared.events.loop import TellingKind

HELD_NOTICE = (
    "This deployment holds mail to these people. It waits until the operator of Doorway releases it."
)
WHY = get_args(Unreachable)


async def preview_view(session: AsyncSession, caller: Caller, loop_id: UUID, kind: TellingKind) -> PreviewOut:
    """How many people would be told if it were requested now."""
    preview = preview_tellings(await find_own_loop(session, caller, loop_id), kind)
    held = preview.reach.get("held", 0)
    return PreviewOut(
        kind=kind,
        contributors=preview.contributors,
        reachable=preview.reach.get("reachable", 0),
        held=held,
        held_notice=HELD_NOTICE if held else None,
        unassessed=preview.reach.get("unassessed", 0),
        unreachable=preview.reach.get("unreachable", 0),
        unreachable_because=public_distribution({each: preview.reasons.get(each, 0) for each in WHY}),
        preview_id=preview.preview_id,
    )


async def tellings_view(session: AsyncSession, caller: Caller, loop_id: UUID) -> TellingsView:
    """Each telling of a loop, and how many people were told the outcome."""
    loop = await find_own_loop(session, caller, loop_id)
    tellings = await parts_of(session, Telling, loop.id)
    final = {each.feedback_id: each for each in tellings if each.kind in queries.FINAL}.values()
    return TellingsView(
        told=sum(each.state == "delivered" for each in final),
        reachable=sum(each.reason not in UNREACHABLE for each in final),
        waiting=sum(each.state in OPEN for each in final),
        tellings=[TellingOut.model_validate(each) for each in tellings],
        group_tellings=[
            GroupTellingOut.model_validate(each) for each in await parts_of(session, GroupTelling, loop.id)
        ],
    )
