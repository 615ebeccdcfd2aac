"""Counts over HTTP."""

from typing import Annotated

from fastapi import Query

from services.feedback.counts.adding import By, Voice
from services.feedback.counts.domain import count_feedback, sees_all, table_of
from services.feedback.counts.periods import Period
from services.feedback.counts.schemas import CountsOut, MonthGiven
from services.feedback.items.intake import Tools
from shared.auth import Anyone
from shared.copies import UNKNOWN_BODY
from shared.db import Session
from shared.errors import invalid
from shared.routing import Router
from shared.schemas import BodyRef

router = Router(prefix="/v1/counts", tags=["feedback"])


@router.get("", problems=UNKNOWN_BODY)
async def count_received_feedback(
    caller: Anyone,
    session: Session,
    tools: Tools,
    by: By = "kind",
    footprint: Annotated[BodyRef | None, Query(description="The place; or else an organisation.")] = None,
    organisation: BodyRef | None = None,
    voice: Annotated[Voice, Query(description="Patients and public, or staff.")] = "people",
    each: Annotated[Period, Query(description="How long a period is.")] = "month",
    since: Annotated[MonthGiven | None, Query(alias="from", description="The first month: 2026-01.")] = None,
    until: Annotated[MonthGiven | None, Query(alias="to", description="The last month: 2026-12.")] = None,
) -> CountsOut:
    """Count the feedback about a footprint or an organisation, by the month in which it was received.

    What was withdrawn or erased does not count. The body itself sees exact counts of this moment. Everybody
    else sees whole periods that have settled: rounded down, never changed, and without what is too small.
    """
    if (footprint is None) is (organisation is None):
        raise invalid("/query/organisation", "Give either a footprint or an organisation, not both.")
    table = table_of(by, voice, each, since, until)
    find = tools.bodies.find_bodies_along
    places = await find(session, "footprint", footprint, "/query/footprint")
    bodies = await find(session, "organisation", organisation, "/query/organisation")
    about = (places or bodies) or []
    exact = sees_all(caller, about)
    return CountsOut(
        footprint_id=places[0] if places else None,
        organisation_id=bodies[0] if bodies else None,
        by=by,
        voice=voice,
        each=each,
        exact=exact,
        items=await count_feedback(session, table, about, exact=exact),
    )
