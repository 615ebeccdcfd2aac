"""How a body can be reached, as far as it is known, and making it known."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from services.registry.bodies import domain as bodies
from services.registry.bodies.errors import NotOpenYet
from services.registry.bodies.role_routes import FINDING
from services.registry.bodies.schemas import AsOf, KnownAt, Ref
from services.registry.contacts import domain, queries
from services.registry.contacts.errors import ContactEnded, ContactKnown, SourceRequired
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
from services.registry.ledger.views import Role, View
from services.registry.models import Body, Contact
from services.registry.stewards import NotYourBody, StewardEdit
from shared.auth import Anyone
from shared.change_request import EditRequest
from shared.clock import today
from shared.db import Session
from shared.errors import NotFound
from shared.paging import Page, Paging, keyset
from shared.routing import Router
from shared.versions import etag

router = Router(prefix="/v1", tags=["contacts"])
Wanted = Annotated[ContactFilter, Depends()]
CHANGING = (NotFound, NotYourBody)
ADDING = (*CHANGING, NotOpenYet, SourceRequired, ContactKnown)


def add_contacts(role: Role, listing: str) -> None:
    """Register the contacts of the bodies of a role: reading them, and adding one."""
    path = f"/{role}s/{{ref}}/contacts"

    @router.get(path, name=listing, problems=FINDING)
    async def body_contacts(
        ref: Ref,
        _: Anyone,
        session: Session,
        wanted: Wanted,
        paging: Paging,
        as_of: AsOf = None,
    ) -> Page[ContactOut]:
        """List the contacts of a body, the latest known first, with how fresh each is."""
        view = View(as_of or today(), wanted.known_at)
        body = await bodies.find_body(session, ref, view, role)
        chosen = queries.known_by(body.id, view, wanted)
        found, cursor = await keyset(session, chosen, paging, Contact.known_on.desc(), Contact.id.desc())
        return paging.answer([domain.contact_view(each, view.as_of) for each in found], cursor)

    @router.post(path, name=f"add_{role}_contact", status_code=201, problems=ADDING)
    async def add_body_contact(ref: Ref, new: NewContact, change: StewardEdit) -> ContactDetail:
        """Add a contact of a body. Send the `ETag` of the body as `If-Match`."""
        found = await bodies.find_body(change.session, ref, View(today()), role)
        body = await domain.open_body(change, found.id)
        contact = await domain.add(change.session, body, new, Act.of(new, change.caller, change.actor))
        return answer_change(change, contact, body, location=f"/v1/contacts/{contact.id}")


def answer_change(
    change: EditRequest, contact: Contact, body: Body, *, location: str | None = None
) -> ContactDetail:
    """Answer with a contact after a change; its `ETag` is that of its body."""
    answer = domain.contact_detail(contact, body.version, max(today(), contact.known_on))
    return change.keep(answer, location=location, version=body.version)


add_contacts("footprint", "contacts")
add_contacts("organisation", "organisation_contacts")


@router.get("/contacts/{contact_id}", problems=(NotFound,))
async def contact(
    contact_id: UUID,
    _: Anyone,
    session: Session,
    response: Response,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> ContactDetail:
    """Read a contact; its `ETag` is that of its body."""
    view = View(as_of or today(), known_at)
    found, version = await domain.find_with_version(session, contact_id, view)
    response.headers["ETag"] = etag(version)
    return domain.contact_detail(found, version, view.as_of)


@router.post("/contacts/{contact_id}/corrections", problems=(*CHANGING, SourceRequired, ContactKnown))
async def correct_contact(contact_id: UUID, given: ContactCorrection, change: StewardEdit) -> ContactDetail:
    """Correct what a contact says; what it said before stays in the history."""
    body, found = await domain.open_contact(change, contact_id)
    act = Act.of(given, change.caller, change.actor)
    return answer_change(change, await domain.correct(change.session, body, found, given, act), body)


@router.post("/contacts/{contact_id}/verification", problems=(*CHANGING, ContactEnded))
async def verify_contact(contact_id: UUID, given: Verification, change: StewardEdit) -> ContactDetail:
    """Say that somebody verified that a contact works: it is fresh for 90 days from then on."""
    body, found = await domain.open_contact(change, contact_id)
    act = Act.of(given, change.caller, change.actor)
    return answer_change(change, await domain.verify(change.session, body, found, given, act), body)


@router.post("/contacts/{contact_id}/ending", problems=(*CHANGING, ContactEnded, SourceRequired))
async def end_contact(contact_id: UUID, given: ContactEnding, change: StewardEdit) -> ContactDetail:
    """End a contact; it stays in the history."""
    body, found = await domain.open_contact(change, contact_id)
    act = Act.of(given, change.caller, change.actor)
    return answer_change(change, await domain.end(change.session, body, found, given, act), body)


@router.post("/contacts/{contact_id}/withdrawal", problems=CHANGING)
async def withdraw_contact(contact_id: UUID, given: Reasoned, change: StewardEdit) -> ContactDetail:
    """Withdraw a contact that never was one; that it was said stays readable with `known_at`."""
    body, found = await domain.open_contact(change, contact_id)
    act = Act.of(given, change.caller, change.actor)
    return answer_change(change, await domain.withdraw(change.session, body, found, act), body)
