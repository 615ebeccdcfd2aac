"""Organisations: lists, one with its contacts, and registering one."""

from typing import Annotated

from fastapi import Query

from services.registry.bodies.domain import identify_footprint
from services.registry.bodies.errors import CodeTaken
from services.registry.bodies.queries import open_bodies
from services.registry.bodies.role_routes import BodyShapes, add_body_routes
from services.registry.bodies.schemas import KindAsked, OdsAsked, Viewed, Words
from services.registry.ledger.acts import Act
from services.registry.models import Body
from services.registry.organisations import domain
from services.registry.organisations.schemas import (
    NewOrganisation,
    OrganisationDetail,
    OrganisationEnded,
    OrganisationOut,
)
from services.registry.stewards import NotYourBody, StewardChange
from shared.auth import Anyone
from shared.db import Session
from shared.paging import Page, Paging, keyset
from shared.routing import Router
from shared.schemas import BodyRef

router = Router(prefix="/v1/organisations", tags=["organisations"])


@router.get("", is_kept=True)
async def list_organisations(
    _: Anyone,
    session: Session,
    view: Viewed,
    paging: Paging,
    ods: Annotated[OdsAsked | None, Query(description="An ODS code.")] = None,
    kind: KindAsked = None,
    footprint: Annotated[BodyRef | None, Query(description="Only members of this footprint.")] = None,
    q: Words = None,
    include_closed: Annotated[
        bool, Query(description="Also those that had closed by the day, as they were on their last day.")
    ] = False,
) -> Page[OrganisationOut]:
    """List organisations as they were on a day."""
    home = await identify_footprint(session, footprint, view, "/query/footprint")
    asked = {"ods": ods, "kind": kind, "words": q}
    wanted = open_bodies(view, "organisation", footprint=home, include_closed=include_closed, **asked)
    ids, cursor = await keyset(session, wanted, paging, Body.id)
    return paging.answer(await domain.organisation_views(session, ids, view), cursor)


@router.post("", status_code=201, problems=(NotYourBody, CodeTaken))
async def register_organisation(new: NewOrganisation, change: StewardChange) -> OrganisationDetail:
    """Register a body: a charity or group (`voluntary`), or one invented for a demonstration."""
    act = Act(new.reason, new.source, change.caller, change.actor)
    found = await domain.register(change.session, new, act)
    return change.keep(found, location=f"/v1/organisations/{found.id}", version=found.version)


add_body_routes(
    router, BodyShapes("organisation", domain.organisation_view, OrganisationDetail, OrganisationEnded)
)
