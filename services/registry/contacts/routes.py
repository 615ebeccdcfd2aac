"""How a body can be reached, as far as it is known, and making it known."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from services.registry.bodies import domain as bodies
from services.registry.bodies.schemas import AsOf, KnownAt, Ref
from services.registry.contacts import domain, queries
from services.registry.contacts.schemas import (
    ContactCorrection,
    ContactDetail,
    ContactEnding,
    ContactFilter,
    ContactOut,
    NewContact,
    Verification,
)
from services.registry.ledger.acts import Act, Reasoned
from services.registry.ledger.views import View
from services.registry.models import Contact
from services.registry.stewards import Steward
from shared.auth import ActorGiven, Anyone
from shared.clock import today
from shared.db import Session
from shared.idempotency import Once
from shared.paging import Page, Paging, keyset, page
from shared.routing import Router
from shared.versions import IfMatch, etag

router = Router(prefix="/v1", tags=["contacts"])
Wanted = Annotated[ContactFilter, Depends()]


@router.get("/footprints/{ref}/contacts")
async def contacts(
    ref: Ref,
    _: Anyone,
    session: Session,
    wanted: Wanted,
    paging: Paging,
    request: Request,
    response: Response,
    as_of: AsOf = None,
) -> Page[ContactOut]:
    """List the doors of a footprint, the latest known first, with how fresh each is."""
    view = View(as_of or today(), wanted.known_at)
    footprint = await bodies.find_body(session, ref, view, "footprint")
    chosen = queries.known_by(footprint.id, view, wanted)
    found, cursor = await keyset(session, chosen, paging, Contact.known_on.desc(), Contact.id.desc())
    return page(request, response, [domain.contact_view(each, view.as_of) for each in found], cursor)


@router.get("/organisations/{ref}/contacts")
async def organisation_contacts(
    ref: Ref,
    _: Anyone,
    session: Session,
    wanted: Wanted,
    paging: Paging,
    request: Request,
    response: Response,
    as_of: AsOf = None,
) -> Page[ContactOut]:
    """List the doors of an organisation, the latest known first, with how fresh each is."""
    view = View(as_of or today(), wanted.known_at)
    organisation = await bodies.find_body(session, ref, view, "organisation")
    chosen = queries.known_by(organisation.id, view, wanted)
    found, cursor = await keyset(session, chosen, paging, Contact.known_on.desc(), Contact.id.desc())
    return page(request, response, [domain.contact_view(each, view.as_of) for each in found], cursor)


def answered(response: Response, contact: Contact, version: int) -> ContactDetail:
    """Return a door as it stands, with its body's version as the ETag."""
    response.headers["ETag"] = etag(version)
    return domain.contact_detail(contact, version, max(today(), contact.known_on))


@router.post("/footprints/{ref}/contacts", status_code=201)
async def add_footprint_contact(
    ref: Ref,
    new: NewContact,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> ContactDetail:
    """Let a door of a footprint be known; `If-Match` is the footprint's `ETag`."""
    found = await bodies.find_body(session, ref, View(today()), "footprint")
    body = await domain.opened(session, found.id, steward, version)
    contact = await domain.add(session, body, new, Act.of(new, steward, actor))
    response.headers["Location"] = f"/v1/contacts/{contact.id}"
    return once.keep(answered(response, contact, body.version))


@router.post("/organisations/{ref}/contacts", status_code=201)
async def add_organisation_contact(
    ref: Ref,
    new: NewContact,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> ContactDetail:
    """Let a door of an organisation be known; `If-Match` is the organisation's `ETag`."""
    found = await bodies.find_body(session, ref, View(today()), "organisation")
    body = await domain.opened(session, found.id, steward, version)
    contact = await domain.add(session, body, new, Act.of(new, steward, actor))
    response.headers["Location"] = f"/v1/contacts/{contact.id}"
    return once.keep(answered(response, contact, body.version))


@router.get("/contacts/{contact_id}")
async def contact(
    contact_id: UUID,
    _: Anyone,
    session: Session,
    response: Response,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> ContactDetail:
    """Return one door; its `ETag` is that of its body."""
    view = View(as_of or today(), known_at)
    found, version = await domain.found_with_version(session, contact_id, view)
    response.headers["ETag"] = etag(version)
    return domain.contact_detail(found, version, view.as_of)


@router.post("/contacts/{contact_id}/corrections")
async def correct_contact(
    contact_id: UUID,
    given: ContactCorrection,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> ContactDetail:
    """Let a door say something else; what it said before stays in the history."""
    body, found = await domain.opened_with_contact(session, contact_id, steward, version)
    corrected = await domain.correct(session, body, found, given, Act.of(given, steward, actor))
    return once.keep(answered(response, corrected, body.version))


@router.post("/contacts/{contact_id}/verification")
async def verify_contact(
    contact_id: UUID,
    given: Verification,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> ContactDetail:
    """Say that somebody made sure that a door works: it is fresh for 90 days from then on."""
    body, found = await domain.opened_with_contact(session, contact_id, steward, version)
    verified = await domain.verify(session, body, found, given, Act.of(given, steward, actor))
    return once.keep(answered(response, verified, body.version))


@router.post("/contacts/{contact_id}/ending")
async def end_contact(
    contact_id: UUID,
    given: ContactEnding,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> ContactDetail:
    """Close a door; it stays in the history."""
    body, found = await domain.opened_with_contact(session, contact_id, steward, version)
    ended = await domain.end(session, body, found, given, Act.of(given, steward, actor))
    return once.keep(answered(response, ended, body.version))


@router.post("/contacts/{contact_id}/withdrawal")
async def withdraw_contact(
    contact_id: UUID,
    given: Reasoned,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> ContactDetail:
    """Take back a door that never was one; that it was told stays readable with `known_at`."""
    body, found = await domain.opened_with_contact(session, contact_id, steward, version)
    withdrawn = await domain.withdraw(session, body, found, Act.of(given, steward, actor))
    return once.keep(answered(response, withdrawn, body.version))
