"""Organisations: lists, one with its doors, and registering one."""

from typing import Annotated

from fastapi import Query, Request, Response

from services.registry.bodies import domain as bodies
from services.registry.bodies import facts, lifetimes
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
    OdsAsked,
    Ref,
    Words,
)
from services.registry.bodies.writing import Asked
from services.registry.ledger.acts import Act
from services.registry.ledger.views import View
from services.registry.models import Body
from services.registry.organisations import domain, queries
from services.registry.organisations.schemas import (
    NewOrganisation,
    OrganisationDetail,
    OrganisationEnded,
    OrganisationOut,
)
from services.registry.stewards import Steward
from shared.auth import ActorGiven, Anyone
from shared.clock import today
from shared.db import Session
from shared.idempotency import Once
from shared.paging import Page, Paging, keyset, page
from shared.routing import Router
from shared.schemas import BodyRef
from shared.versions import IfMatch, etag

router = Router(prefix="/v1/organisations", tags=["organisations"])


@router.get("")
async def organisations(
    _: Anyone,
    session: Session,
    paging: Paging,
    request: Request,
    response: Response,
    as_of: AsOf = None,
    ods: Annotated[OdsAsked | None, Query(description="An ODS code.")] = None,
    kind: Annotated[Kind | None, Query(alias="type", description="Only bodies of this kind.")] = None,
    footprint: Annotated[BodyRef | None, Query(description="Only members of this footprint.")] = None,
    q: Words = None,
    known_at: KnownAt = None,
) -> Page[OrganisationOut]:
    """List organisations as they were on a day."""
    view = View(as_of or today(), known_at)
    home = await domain.identify_footprint(session, footprint, view, "/query/footprint")
    wanted = queries.organisations_on(view, ods=ods, kind=kind, footprint=home, words=q)
    ids, cursor = await keyset(session, wanted, paging, Body.id)
    return page(request, response, await domain.told(session, ids, view), cursor)


@router.get("/{ref}")
async def organisation(
    ref: Ref,
    _: Anyone,
    session: Session,
    response: Response,
    as_of: AsOf = None,
    edition: EditionAsked = None,
    known_at: KnownAt = None,
) -> OrganisationDetail:
    """Return an organisation with its doors."""
    found = await domain.organisation(session, ref, as_of, edition, known_at)
    response.headers["ETag"] = etag(found.version)
    return found


@router.post("", status_code=201)
async def register_organisation(
    new: NewOrganisation,
    steward: Steward,
    actor: ActorGiven,
    session: Session,
    once: Once,
    response: Response,
) -> OrganisationDetail:
    """Register a body: a charity or group (`voluntary`), or one invented for a demonstration."""
    found = await domain.register(session, new, Act(new.reason, new.source, steward, actor))
    response.headers["Location"] = f"/v1/organisations/{found.id}"
    response.headers["ETag"] = etag(found.version)
    return once.keep(found)


@router.get("/{ref}/history")
async def organisation_history(
    ref: Ref,
    _: Anyone,
    session: Session,
    paging: Paging,
    request: Request,
    response: Response,
    as_of: AsOf = None,
    edition: EditionAsked = None,
) -> Page[FactOut]:
    """List all that was ever said about an organisation, what was recorded last first.

    `as_of` and `edition` say whose code is meant.
    """
    body = await bodies.identify_body_of_any_time(session, ref, as_of, "organisation", edition)
    found, cursor = await history(session, body, paging)
    return page(request, response, found, cursor)


@router.post("/{ref}/facts")
async def say_of_organisation(
    ref: Ref,
    new: NewFact,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> OrganisationDetail:
    """Say what an organisation is called, or which legal form or code it has, from a day on."""
    told = await facts.say(session, Asked(ref, "organisation", version, Act.of(new, steward, actor)), new)
    found = await domain.after(session, told)
    response.headers["ETag"] = etag(found.version)
    return once.keep(found)


@router.post("/{ref}/corrections")
async def correct_organisation(
    ref: Ref,
    given: Correction,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> OrganisationDetail:
    """Correct what was said of an organisation; what was said before stays in its history."""
    told = await facts.correct(
        session, Asked(ref, "organisation", version, Act.of(given, steward, actor)), given
    )
    found = await domain.after(session, told)
    response.headers["ETag"] = etag(found.version)
    return once.keep(found)


@router.post("/{ref}/ending")
async def end_organisation(
    ref: Ref,
    given: Ending,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> OrganisationEnded:
    """Close an organisation: what is said of it and its memberships end with it.

    To undo it, correct `closed_on` to null.
    """
    asked = Asked(ref, "organisation", version, Act.of(given, steward, actor))
    told, left = await lifetimes.end(session, asked, given)
    found = OrganisationEnded(**(await domain.after(session, told)).model_dump(), left=left)
    response.headers["ETag"] = etag(found.version)
    return once.keep(found)
