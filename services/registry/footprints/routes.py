"""Footprints: which there were on a day, and one with its leaders and contacts."""

from typing import Annotated

from fastapi import Query

from services.registry.bodies import domain as bodies
from services.registry.bodies import queries as body_queries
from services.registry.bodies.role_routes import FINDING, BodyShapes, add_body_routes
from services.registry.bodies.schemas import AsOf, KindAsked, KnownAt, Ref, Viewed, Words
from services.registry.footprints import domain
from services.registry.footprints.schemas import FootprintDetail, FootprintEnded, FootprintOut
from services.registry.ledger.views import View
from services.registry.models import Body
from services.registry.organisations import domain as organisations
from services.registry.organisations.schemas import OrganisationOut
from shared.auth import Anyone
from shared.db import Session
from shared.paging import Page, Paging, keyset
from shared.routing import Router
from shared.schemas import Code

router = Router(prefix="/v1/footprints", tags=["footprints"])
EditionListed = Annotated[
    Code | None,
    Query(description="`STP`, `ICB`, or an edition such as `STP2016`: its first day without `as_of`."),
]


@router.get("", is_kept=True)
async def list_footprints(
    _: Anyone,
    session: Session,
    paging: Paging,
    as_of: AsOf = None,
    edition: EditionListed = None,
    q: Words = None,
    known_at: KnownAt = None,
) -> Page[FootprintOut]:
    """List the footprints of a day: partnerships from 2016, boards from 2022."""
    view = View(await bodies.day_asked_about(session, as_of, edition), known_at)
    wanted = body_queries.open_bodies(view, "footprint", edition=edition, words=q)
    ids, cursor = await keyset(session, wanted, paging, Body.id)
    found = await body_queries.bodies_on(session, ids, view)
    return paging.answer([FootprintOut.model_validate(found[each]) for each in ids], cursor)


@router.get("/{ref}/members", problems=FINDING, is_kept=True)
async def list_members(
    ref: Ref, _: Anyone, session: Session, view: Viewed, paging: Paging, kind: KindAsked = None
) -> Page[OrganisationOut]:
    """List the bodies that belonged to a footprint on a day."""
    found = await bodies.find_body(session, ref, view, "footprint")
    wanted = body_queries.members_on(found.id, view, kind)
    ids, cursor = await keyset(session, wanted, paging, Body.id)
    return paging.answer(await organisations.organisation_views(session, ids, view), cursor)


add_body_routes(router, BodyShapes("footprint", domain.footprint_view, FootprintDetail, FootprintEnded))
