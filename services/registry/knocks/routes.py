"""Knocks at doors, and whether anybody answered."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.registry.bodies import domain as bodies
from services.registry.bodies.schemas import AsOf, Ref
from services.registry.contacts import domain as contacts
from services.registry.knocks import domain, queries
from services.registry.knocks.models import Knock
from services.registry.knocks.schemas import (
    Answered,
    KnockOut,
    NewKnock,
    OfContact,
    Responsiveness,
    Waiting,
)
from services.registry.models import Body, Contact
from shared.auth import Anyone, Caller, needs
from shared.clock import today
from shared.db import Session
from shared.idempotency import Once
from shared.paging import Page, Paging, keyset, page

router = APIRouter(prefix="/v1", tags=["contacts"])
Known = Annotated[Caller, needs()]


@router.post("/contacts/{contact_id}/knocks", status_code=201)
async def record_knock(
    contact_id: UUID, new: NewKnock, caller: Known, session: Session, once: Once, response: Response
) -> KnockOut:
    """Record that you tried to reach a body by a door, and what came of it if you know already."""
    knock = await domain.record(session, contact_id, new, caller)
    response.headers["Location"] = f"/v1/knocks/{knock.id}"
    return once.keep(domain.told(knock))


@router.get("/contacts/{contact_id}/responsiveness")
async def contact_responsiveness(
    contact_id: UUID, _: Anyone, session: Session, as_of: AsOf = None
) -> Responsiveness:
    """Return whether anybody answered those who knocked at a door in the four quarters that are over."""
    await contacts.find(session, contact_id)
    return await domain.responsiveness(
        session, of=Knock.contact_id == contact_id, doors=Contact.id == contact_id, day=as_of or today()
    )


@router.get("/footprints/{ref}/responsiveness")
async def footprint_responsiveness(
    ref: Ref, _: Anyone, session: Session, as_of: AsOf = None
) -> Responsiveness:
    """Return whether anybody answered those who knocked at a footprint's doors in four quarters."""
    day = as_of or today()
    found = await bodies.find(session, ref, day, Body.is_footprint)
    return await domain.responsiveness(
        session, of=Knock.body_id == found.id, doors=Contact.body_id == found.id, day=day
    )


@router.get("/knocks")
async def knocks(
    caller: Known, session: Session, paging: Paging, request: Request, response: Response,
    contact: OfContact = None, waiting: Waiting = None,
) -> Page[KnockOut]:  # fmt: skip
    """List the knocks that you recorded, the latest first."""
    wanted = queries.own(caller.client_id, contact, waiting)
    found, cursor = await keyset(session, wanted, paging, Knock.id.desc())
    return page(request, response, [domain.told(each) for each in found], cursor)


@router.get("/knocks/{knock_id}")
async def knock(knock_id: UUID, caller: Known, session: Session) -> KnockOut:
    """Return one knock that you recorded."""
    return domain.told(await domain.find(session, knock_id, caller))


@router.post("/knocks/{knock_id}/outcome")
async def answer_knock(
    knock_id: UUID, given: Answered, caller: Known, session: Session, once: Once
) -> KnockOut:
    """Say what came of a knock that you recorded; a late answer replaces silence."""
    return once.keep(domain.told(await domain.answer(session, knock_id, given, caller)))
