"""Footprints: which there were on a day, and one with its doors."""

from typing import Annotated

from fastapi import Query, Request, Response

from services.registry.bodies import domain as bodies
from services.registry.bodies import facts, lifetimes
from services.registry.bodies import queries as body_queries
from services.registry.bodies.history import history
from services.registry.bodies.schemas import (
    AsOf,
    Correction,
    EditionAsked,
    Ending,
    FactOut,
    Kind,
    KnownAt,
    NewFact,
    Ref,
    Words,
)
from services.registry.bodies.writing import Asked
from services.registry.footprints import domain, queries
from services.registry.footprints.schemas import FootprintDetail, FootprintEnded, FootprintOut
from services.registry.ledger.acts import Act
from services.registry.ledger.views import View
from services.registry.models import Body
from services.registry.organisations import domain as organisations
from services.registry.organisations.schemas import OrganisationOut
from services.registry.stewards import Steward
from shared.auth import ActorGiven, Anyone
from shared.clock import today
from shared.db import Session
from shared.idempotency import Once
from shared.paging import Page, Paging, keyset, page
from shared.routing import Router
from shared.schemas import Code
from shared.versions import IfMatch, etag

router = Router(prefix="/v1/footprints", tags=["footprints"])


@router.get("")
async def footprints(
    _: Anyone,
    session: Session,
    paging: Paging,
    request: Request,
    response: Response,
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
    return page(request, response, [domain.summary(rows[each]) for each in ids], cursor)


@router.get("/{ref}")
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
    known_at: KnownAt = None,
) -> Page[OrganisationOut]:
    """List the bodies that belonged to a footprint on a day."""
    view = View(as_of or today(), known_at)
    found = await bodies.find_body(session, ref, view, "footprint")
    ids, cursor = await keyset(session, queries.members_on(found.id, view, kind), paging, Body.id)
    return page(request, response, await organisations.told(session, ids, view), cursor)


@router.get("/{ref}/history")
async def footprint_history(
    ref: Ref,
    _: Anyone,
    session: Session,
    paging: Paging,
    request: Request,
    response: Response,
    as_of: AsOf = None,
    edition: EditionAsked = None,
) -> Page[FactOut]:
    """List all that was ever said about a footprint, what was recorded last first.

    `as_of` and `edition` say whose code is meant.
    """
    body = await bodies.identify_body_of_any_time(session, ref, as_of, "footprint", edition)
    found, cursor = await history(session, body, paging)
    return page(request, response, found, cursor)


@router.post("/{ref}/facts")
async def say_of_footprint(
    ref: Ref,
    new: NewFact,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> FootprintDetail:
    """Say what a footprint is called, or which legal form or code it has, from a day on."""
    told = await facts.say(session, Asked(ref, "footprint", version, Act.of(new, steward, actor)), new)
    found = await domain.after(session, told)
    response.headers["ETag"] = etag(found.version)
    return once.keep(found)


@router.post("/{ref}/corrections")
async def correct_footprint(
    ref: Ref,
    given: Correction,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> FootprintDetail:
    """Correct what was said of a footprint; what was said before stays in its history."""
    told = await facts.correct(
        session, Asked(ref, "footprint", version, Act.of(given, steward, actor)), given
    )
    found = await domain.after(session, told)
    response.headers["ETag"] = etag(found.version)
    return once.keep(found)


@router.post("/{ref}/ending")
async def end_footprint(
    ref: Ref,
    given: Ending,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> FootprintEnded:
    """Close a footprint: what is said of it and its memberships end with it.

    To undo it, correct `closed_on` to null.
    """
    asked = Asked(ref, "footprint", version, Act.of(given, steward, actor))
    told, left = await lifetimes.end(session, asked, given)
    found = FootprintEnded(**(await domain.after(session, told)).model_dump(), left=left)
    response.headers["ETag"] = etag(found.version)
    return once.keep(found)
