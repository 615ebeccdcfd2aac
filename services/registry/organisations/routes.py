"""Organisations: lists, one with its doors, and registering one."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.registry.bodies.schemas import AsOf, Kind, Ref, Words
from services.registry.models import Body
from services.registry.organisations import domain, queries
from services.registry.organisations.schemas import (
    NewOrganisation,
    OdsCode,
    OrganisationDetail,
    OrganisationOut,
)
from shared.auth import Anyone, Caller, needs
from shared.clock import today
from shared.db import Session
from shared.idempotency import Once
from shared.paging import Page, Paging, keyset, page
from shared.schemas import BodyRef
from shared.versions import etag

router = APIRouter(prefix="/v1/organisations", tags=["organisations"])


@router.get("")
async def organisations(
    _: Anyone,
    session: Session,
    paging: Paging,
    request: Request,
    response: Response,
    as_of: AsOf = None,
    ods: Annotated[OdsCode | None, Query(description="An ODS code.")] = None,
    kind: Annotated[Kind | None, Query(alias="type", description="Only bodies of this kind.")] = None,
    footprint: Annotated[BodyRef | None, Query(description="Only members of this footprint.")] = None,
    q: Words = None,
) -> Page[OrganisationOut]:
    """List organisations as they were on a day."""
    day = as_of or today()
    home = await domain.footprint_named(session, footprint, day, "/query/footprint")
    wanted = queries.organisations_on(day, ods=ods, kind=kind, footprint=home, words=q)
    ids, cursor = await keyset(session, wanted, paging, Body.id)
    return page(request, response, await domain.told(session, ids, day), cursor)


@router.get("/{ref}")
async def organisation(
    ref: Ref, _: Anyone, session: Session, response: Response, as_of: AsOf = None
) -> OrganisationDetail:
    """Return an organisation with its doors."""
    found = await domain.organisation(session, ref, as_of or today())
    response.headers["ETag"] = etag(found.version)
    return found


@router.post("", status_code=201)
async def register_organisation(
    new: NewOrganisation,
    caller: Annotated[Caller, needs("registry:write")],
    session: Session,
    once: Once,
    response: Response,
) -> OrganisationDetail:
    """Register a body: a charity or group (`voluntary`), or one invented for a demonstration."""
    found = await domain.register(session, new, caller)
    response.headers["Location"] = f"/v1/organisations/{found.id}"
    response.headers["ETag"] = etag(found.version)
    return once.keep(found)
