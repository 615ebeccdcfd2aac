"""Published counts: what NHS England published about services, for everybody."""

from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic import StringConstraints

from services.feedback.items.intake import Tools
from services.feedback.published import queries
from services.feedback.published.models import PublishedCount
from services.feedback.published.schemas import MONTH, CareService, Level, PublishedCountView
from shared.auth import Anyone
from shared.copies import UNKNOWN_BODY
from shared.db import Session
from shared.paging import Page, Paging, keyset
from shared.routing import Router
from shared.schemas import BodyRef

router = Router(prefix="/v1/published-counts", tags=["feedback"])
MonthGiven = Annotated[str, StringConstraints(pattern=MONTH)]


@router.get("", problems=UNKNOWN_BODY)
async def list_published_counts(
    _: Anyone,
    session: Session,
    tools: Tools,
    paging: Paging,
    organisation: BodyRef | None = None,
    footprint: BodyRef | None = None,
    service: CareService | None = None,
    level: Level | None = None,
    since: Annotated[MonthGiven | None, Query(alias="from", description="The first month: 2025-07.")] = None,
    until: Annotated[MonthGiven | None, Query(alias="to", description="The last month: 2025-09.")] = None,
) -> Page[PublishedCountView]:
    """List counts of the Friends and Family Test as published, by month; what is withheld says so."""
    wanted = queries.current_counts(service, level)
    find = tools.bodies.find_bodies_along
    if (bodies := await find(session, "organisation", organisation, "/query/organisation")) is not None:
        wanted = wanted.where(PublishedCount.organisation_id.in_(bodies))
    if (bodies := await find(session, "footprint", footprint, "/query/footprint")) is not None:
        wanted = wanted.where(PublishedCount.footprint_id.in_(bodies))
    if since:
        wanted = wanted.where(PublishedCount.month >= date.fromisoformat(f"{since}-01"))
    if until:
        wanted = wanted.where(PublishedCount.month <= date.fromisoformat(f"{until}-01"))
    found, cursor = await keyset(session, wanted, paging, PublishedCount.month, PublishedCount.id)
    return paging.answer([PublishedCountView.model_validate(each) for each in found], cursor)
