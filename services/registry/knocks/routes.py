"""Knocks at contacts, and how well a contact answers."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.registry.bodies import domain as bodies
from services.registry.bodies.errors import NotOpenYet
from services.registry.bodies.schemas import OnDay, Ref
from services.registry.contacts.domain import ContactEnded, find_contact
from services.registry.knocks import domain, queries
from services.registry.knocks.models import Knock
from services.registry.knocks.schemas import KnockOut, KnockOutcome, NewKnock, Responsiveness
from services.registry.ledger.views import View
from services.registry.models import Contact
from services.registry.stewards import ClientChange
from shared.auth import Anyone, Caller, needs
from shared.clock import today
from shared.db import Session
from shared.errors import NotFound
from shared.paging import Page, Paging, keyset
from shared.routing import Router

router = Router(prefix="/v1", tags=["contacts"])
AnyClient = Annotated[Caller, needs()]


@router.post(
    "/contacts/{contact_id}/knocks",
    status_code=201,
    problems=(NotFound, ContactEnded, domain.OwnContact, domain.KnocksSpent, domain.TooEarlyForSilence),
)
async def record_knock(contact_id: UUID, new: NewKnock, change: ClientChange) -> KnockOut:
    """Record that you tried to reach a body by this contact, and what came of it if you know."""
    knock = await domain.record_knock(change, contact_id, new)
    return change.keep(knock, location=f"/v1/knocks/{knock.id}")


@router.get("/contacts/{contact_id}/responsiveness", problems=(NotFound,))
async def read_contact_responsiveness(
    contact_id: UUID, _: Anyone, session: Session, view: OnDay
) -> Responsiveness:
    """Read how well a contact answered in the last four complete quarters."""
    await find_contact(session, contact_id, View(today()))
    of_contact = (Knock.contact_id == contact_id, Contact.id == contact_id)
    return await domain.responsiveness_view(session, *of_contact, view.as_of)


@router.get("/footprints/{ref}/responsiveness", problems=(NotFound, NotOpenYet))
async def read_footprint_responsiveness(ref: Ref, _: Anyone, session: Session, view: OnDay) -> Responsiveness:
    """Read how well all contacts of a footprint answered in the last four complete quarters."""
    body_id = (await bodies.find_body(session, ref, view, "footprint")).id
    of_body = (Knock.body_id == body_id, Contact.body_id == body_id)
    return await domain.responsiveness_view(session, *of_body, view.as_of)


@router.get("/knocks")
async def list_knocks(
    caller: AnyClient,
    session: Session,
    paging: Paging,
    contact: Annotated[UUID | None, Query(description="Only knocks at this contact.")] = None,
    waiting: Annotated[
        bool | None,
        Query(description="`true`: only knocks without an outcome; `false`: only those with one."),
    ] = None,
) -> Page[KnockOut]:
    """List the knocks that you recorded, the latest first."""
    selected = queries.select_knocks_of(caller.client_id, contact, waiting)
    found, cursor = await keyset(session, selected, paging, Knock.id.desc())
    return paging.answer([domain.knock_view(each) for each in found], cursor)


@router.get("/knocks/{knock_id}", problems=(NotFound,))
async def read_knock(knock_id: UUID, caller: AnyClient, session: Session) -> KnockOut:
    """Read one knock that you recorded."""
    return domain.knock_view(await queries.find_knock(session, knock_id, caller.client_id))


@router.post(
    "/knocks/{knock_id}/outcome", problems=(NotFound, domain.OutcomeKnown, domain.TooEarlyForSilence)
)
async def record_outcome(knock_id: UUID, given: KnockOutcome, change: ClientChange) -> KnockOut:
    """Record what came of your knock. An answer that comes late replaces `silence`."""
    return change.keep(await domain.record_outcome(change, knock_id, given))
