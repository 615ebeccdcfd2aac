"""Footprints: which there were on a day, and one with its leaders and contacts."""

from typing import Annotated

from fastapi import Query, Response

from services.registry.bodies import domain as bodies
from services.registry.bodies import queries as body_queries
from services.registry.bodies.members import members_on
from services.registry.bodies.role_routes import FINDING, BodyShapes, add_changes, add_history
from services.registry.bodies.schemas import (
    AsOf,
    EditionAsked,
    Kind,
    KnownAt,
    Left,
    Ref,
    Viewed,
    Words,
)
from services.registry.footprints import domain, queries
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
from shared.versions import etag

router = Router(prefix="/v1/footprints", tags=["footprints"])


@router.get("")
async def footprints(
    _: Anyone,
    session: Session,
    paging: Paging,
    as_of: AsOf = None,
    edition: Annotated[
        Code | None,
        Query(description="`STP`, `ICB`, or an edition such as `STP2016`: its first day without `as_of`."),
    ] = None,
    q: Words = None,
    known_at: KnownAt = None,
) -> Page[FootprintOut]:
    """List the footprints of a day: partnerships from 2016, boards from 2022."""
    view = View(await bodies.day_asked_about(session, as_of, edition), known_at)
    ids, cursor = await keyset(session, queries.footprints_on(view, edition, q), paging, Body.id)
    rows = await body_queries.bodies_on(session, ids, view)
    return paging.answer([domain.summary(rows[each]) for each in ids], cursor)


@router.get("/{ref}", problems=FINDING)
async def footprint(
    ref: Ref,
    _: Anyone,
    session: Session,
    response: Response,
    as_of: AsOf = None,
    edition: EditionAsked = None,
    known_at: KnownAt = None,
) -> FootprintDetail:
    """Return a footprint with who leads it and how to reach it; what is not known says so."""
    found = await domain.footprint(session, ref, as_of, edition, known_at)
    response.headers["ETag"] = etag(found.version)
    return found


@router.get("/{ref}/members", problems=FINDING)
async def members(
    ref: Ref,
    _: Anyone,
    session: Session,
    view: Viewed,
    paging: Paging,
    kind: Annotated[Kind | None, Query(alias="type", description="Only bodies of this kind.")] = None,
) -> Page[OrganisationOut]:
    """List the bodies that belonged to a footprint on a day."""
    found = await bodies.find_body(session, ref, view, "footprint")
    ids, cursor = await keyset(session, members_on(found.id, view, kind), paging, Body.id)
    return paging.answer(await organisations.organisation_views(session, ids, view), cursor)


def ended(found: FootprintDetail, left: list[Left]) -> FootprintDetail:
    """The answer to closing one."""
    return FootprintEnded(**found.model_dump(), left=left)


add_history(router, "footprint")
add_changes(router, BodyShapes("footprint", domain.footprint_view, FootprintDetail, ended, FootprintEnded))
