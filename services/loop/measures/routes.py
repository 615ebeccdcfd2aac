"""Measures over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Query

from services.loop.measures import domain
from services.loop.measures.schemas import MeasuresOut
from services.loop.measures.scope import About, scope_of
from shared.auth import Anyone
from shared.db import Session
from shared.routing import Router

router = Router(prefix="/v1/loops", tags=["measures"])


@router.get("/measures", summary="See how loops go")
async def read_measures(
    about: Annotated[About, Depends()],
    session: Session,
    caller: Anyone,
    since: Annotated[date | None, Query(description="Loops opened on this day or later.")] = None,
    until: Annotated[date | None, Query(description="Loops opened on this day or earlier.")] = None,
) -> MeasuresOut:
    """Measure a body's loops, a footprint's, or all: how long, who was told, what people made of it.

    Small numbers of people are held back, but not from the body itself. Demonstrations never count as real.
    """
    scope = await scope_of(session, caller, about)
    return await domain.measured(session, scope, since, until)
