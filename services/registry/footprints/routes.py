"""Footprints: which there were on a day, and one with its doors."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.registry.bodies import domain as bodies
from services.registry.bodies import queries as body_queries
from services.registry.bodies.schemas import AsOf, Kind, Ref, Words
from services.registry.footprints import domain, queries
from services.registry.footprints.schemas import FootprintDetail, FootprintOut
from services.registry.models import Body
from services.registry.organisations import domain as organisations
from services.registry.organisations.schemas import OrganisationOut
from shared.auth import Anyone
from shared.clock import today
from shared.db import Session
from shared.paging import Page, Paging, keyset, page
from shared.schemas import Code
from shared.versions import etag

router = APIRouter(prefix="/v1/footprints", tags=["footprints"])


@router.get("")
async def footprints(
    _: Anyone,
    session: Session,
    paging: Paging,
    request: Request,
    response: Response,
    as_of: AsOf = None,
    scheme: Annotated[
        Code | None,
        Query(description="`STP`, `ICB`, or an edition such as `STP2016`: its first day without `as_of`."),
    ] = None,
    q: Words = None,
) -> Page[FootprintOut]:
    """List the footprints of a day: partnerships from 2016, boards from 2022."""
    day = await domain.day_of(session, as_of, scheme)
    ids, cursor = await keyset(session, queries.footprints_on(day, scheme, q), paging, Body.id)
    rows = await body_queries.bodies(session, ids, day)
    return page(request, response, [domain.summary(rows[each]) for each in ids], cursor)


@router.get("/{ref}")
async def footprint(
    ref: Ref, _: Anyone, session: Session, response: Response, as_of: AsOf = None
) -> FootprintDetail:
    """Return a footprint with who leads it and how to reach it; what is not known says so."""
    found = await domain.footprint(session, ref, as_of or today())
    response.headers["ETag"] = etag(found.version)
    return found


@router.get("/{ref}/members")
async def members(
    ref: Ref,
    _: Anyone,
    session: Session,
    paging: Paging,
    request: Request,
    response: Response,
    as_of: AsOf = None,
    kind: Annotated[Kind | None, Query(alias="type", description="Only bodies of this kind.")] = None,
) -> Page[OrganisationOut]:
    """List the bodies that belonged to a footprint on a day."""
    day = as_of or today()
    found = await bodies.find(session, ref, day, Body.is_footprint)
    ids, cursor = await keyset(session, queries.members_on(found.id, day, kind), paging, Body.id)
    return page(request, response, await organisations.told(session, ids, day), cursor)
