"""Measures over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Query

from services.loop.measures import domain
from services.loop.measures.schemas import MeasuresOut
from services.loop.measures.scope import ScopeQuery, Snapshot, find_scope
from shared.auth import Anyone
from shared.copies import UNKNOWN_BODY
from shared.routing import Router
from shared.state import made_of_query

router = Router(prefix="/v1/loops", tags=["measures"])


@router.get("/measures", summary="Measure loops", problems=UNKNOWN_BODY, is_kept=True)
async def read_measures(
    about: Annotated[ScopeQuery, Depends(made_of_query(ScopeQuery))],
    session: Snapshot,
    caller: Anyone,
    since: Annotated[date | None, Query(description="Loops opened on this day or later.")] = None,
    until: Annotated[date | None, Query(description="Loops opened on this day or earlier.")] = None,
) -> MeasuresOut:
    """Measure a body's loops, a footprint's, or all: times, how many people were told, their verdicts.

    Small numbers of people are held back, except from the body itself. Demonstrations never count as real.
    """
    scope = await find_scope(session, caller, about)
    return await domain.measure_loops(session, scope, since, until)
