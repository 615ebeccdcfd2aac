"""How a body can be reached, as far as it is known, and making it known."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from services.registry.bodies import domain as bodies
from services.registry.bodies.errors import NotOpenYet
from services.registry.bodies.restated import CHANGING
from services.registry.bodies.role_routes import FINDING
from services.registry.bodies.schemas import Ref, Viewed
from services.registry.contacts import domain, queries, schemas
from services.registry.contacts.domain import ContactEnded, ContactKnown, SourceRequired
from services.registry.contacts.schemas import ContactDetail
from services.registry.ledger.acts import Reasoned
from services.registry.ledger.views import Role
from services.registry.models import Contact
from services.registry.stewards import StewardEdit
from shared.auth import Anyone
from shared.db import Session
from shared.errors import NotFound
from shared.paging import Page, Paging, keyset
from shared.routing import Router
from shared.state import made_of_query
from shared.versions import etag

router = Router(prefix="/v1", tags=["contacts"])
ORDER = (Contact.known_on.desc(), Contact.id.desc())
Wanted = Annotated[schemas.ContactFilter, Depends(made_of_query(schemas.ContactFilter))]


def add_contacts(role: Role) -> None:
    """Register the contacts of the bodies of a role: reading them, and adding one."""
    path = f"/{role}s/{{ref}}/contacts"

    @router.get(path, name=f"list_{role}_contacts", problems=FINDING, is_kept=True)
    async def body_contacts(
        ref: Ref, _: Anyone, session: Session, view: Viewed, wanted: Wanted, paging: Paging
    ) -> Page[schemas.ContactOut]:
        """List the contacts of a body, the latest known first, with how fresh each is."""
        body = await bodies.find_body(session, ref, view, role)
        known = queries.known_by(body.id, view, wanted, body.valid_to)
        found, cursor = await keyset(session, known, paging, *ORDER)
        return paging.answer([domain.contact_view(each, view.as_of, body.valid_to) for each in found], cursor)

    @router.post(
        path,
        name=f"add_{role}_contact",
        status_code=201,
        problems=(*CHANGING, NotOpenYet, SourceRequired, ContactKnown),
    )
    async def add_body_contact(ref: Ref, new: schemas.NewContact, change: StewardEdit) -> ContactDetail:
        """Add a contact of a body. Send the `ETag` of the body as `If-Match`."""
        found = await domain.add_to(change, ref, role, new)
        return change.keep(found, location=f"/v1/contacts/{found.id}", version=found.version)


add_contacts("footprint")
add_contacts("organisation")


@router.get("/contacts/{contact_id}", problems=(NotFound,))
async def read_contact(
    contact_id: UUID, _: Anyone, session: Session, view: Viewed, response: Response
) -> ContactDetail:
    """Read a contact; its `ETag` is that of its body."""
    found, body = await domain.find_contact(session, contact_id, view)
    response.headers["ETag"] = etag(body.version)
    return domain.contact_detail(found, body, view.as_of)


@router.post("/contacts/{contact_id}/corrections", problems=(*CHANGING, SourceRequired, ContactKnown))
async def correct_contact(
    contact_id: UUID, given: schemas.ContactCorrection, change: StewardEdit
) -> ContactDetail:
    """Correct what a contact says; what it said before stays in the history."""
    found = await domain.correct(change, contact_id, given)
    return change.keep(found, version=found.version)


@router.post("/contacts/{contact_id}/verification", problems=(*CHANGING, ContactEnded))
async def verify_contact(contact_id: UUID, given: schemas.Verification, change: StewardEdit) -> ContactDetail:
    """Say that somebody verified that a contact works: it is fresh for 90 days from then on."""
    found = await domain.verify(change, contact_id, given)
    return change.keep(found, version=found.version)


@router.post("/contacts/{contact_id}/ending", problems=(*CHANGING, ContactEnded, SourceRequired))
async def end_contact(contact_id: UUID, given: schemas.ContactEnding, change: StewardEdit) -> ContactDetail:
    """End a contact; it stays in the history."""
    found = await domain.end(change, contact_id, given)
    return change.keep(found, version=found.version)


@router.post("/contacts/{contact_id}/withdrawal", problems=CHANGING)
async def withdraw_contact(contact_id: UUID, given: Reasoned, change: StewardEdit) -> ContactDetail:
    """Withdraw a contact that was never one. You can still read it with `known_at`."""
    found = await domain.withdraw(change, contact_id, given)
    return change.keep(found, version=found.version)
