"""Going back: a succession that was undone gives back the loops that it had handed on."""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.access import lock_loop
from services.loop.core.attempts import attempt_by_rule
from services.loop.core.steps import RUNNING, Effect, Step, judge, take
from services.loop.history.queries import entries_of
from services.loop.inheritance import queries
from services.loop.models import Loop
from services.loop.records import HistoryEntry
from shared.clock import today
from shared.events.loop import LoopInherited

HANDED_ON = "inheritance"
RETURN = Step[None](name="inheritance_undone", sources=("draft", *RUNNING), event=LoopInherited)


class Before(BaseModel):
    """What a loop showed of its owner before it was handed on."""

    organisation_id: UUID | None
    footprint_id: UUID | None
    inherited_from: UUID | None
    inherited_at: datetime | None
    heir_uncertain: bool


async def return_next_loop(session: AsyncSession) -> int:
    """Give the next loop back to the body whose succession was undone; return 0 when there is none."""
    for loop_id in await queries.loops_to_return(session):
        loop = await lock_loop(session, loop_id)
        before = owner_before(loop, await entries_of(session, loop_id))
        if before is not None and loop.state != "closed":
            return_loop(session, loop, before)
            return 1
    return 0


def owner_before(loop: Loop, entries: Sequence[HistoryEntry]) -> Before | None:
    """The owner of a loop before it was last handed on; None where it went back since, or is not known."""
    moves: list[int] = []
    for place, each in enumerate(entries):
        if each.step == HANDED_ON:
            moves.append(place)
        elif each.step == RETURN.name and moves:
            moves.pop()
    if not moves or moves[-1] == 0:
        return None
    facts, earlier = (json.loads(entries[place].body)["facts"] for place in (moves[-1], moves[-1] - 1))
    shown = earlier.get("shown", {}).get("loop", {}).get(str(loop.id))
    if shown is None or facts.get("inherited_from") != str(loop.inherited_from):
        return None
    return Before.model_validate({name: shown.get(name) for name in Before.model_fields})


def return_loop(session: AsyncSession, loop: Loop, before: Before) -> None:
    """Give a locked loop back: what was done in it since stays, its promises too."""
    judged = judge(RETURN, attempt_by_rule(loop))
    heir, undone = loop.organisation_id or loop.footprint_id, loop.inherited_from
    named = {heir, loop.footprint_id, undone, before.organisation_id, before.footprint_id}
    for name, value in before:
        setattr(loop, name, value)
    told = {"inherited_from": heir, "heir_uncertain": loop.heir_uncertain, "effective_on": today()}
    facts = told | {"organisation": loop.organisation_id, "footprint": loop.footprint_id}
    fields = told | {"organisations": tuple(sorted(each for each in named if each))}
    take(session, judged, Effect(fields=fields, facts=facts))
