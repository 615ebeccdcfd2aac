"""Who holds which role in a footprint or an organisation, and what stewards change about it."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request, Response

from services.registry.appointments import domain
from services.registry.appointments.schemas import (
    AppointmentCorrection,
    AppointmentDetail,
    AppointmentEnding,
    AppointmentFilter,
    AppointmentOut,
    AppointmentWritten,
    Confirmation,
    NewAppointment,
    appointment_filter,
)
from services.registry.appointments.telling import appointment_views
from services.registry.bodies.schemas import AsOf, KnownAt, Ref
from services.registry.ledger.acts import Reasoned
from services.registry.ledger.views import View
from services.registry.models import Appointment
from services.registry.stewards import Steward
from shared.auth import ActorGiven, Anyone
from shared.clock import today
from shared.db import Session
from shared.idempotency import Once
from shared.paging import Page, Paging, keyset, page
from shared.routing import Router
from shared.versions import IfMatch, etag

router = Router(prefix="/v1", tags=["appointments"])
ORDER = (Appointment.known_on.desc(), Appointment.id.desc())
Listing = Annotated[AppointmentFilter, Depends(appointment_filter)]
ById = Annotated[UUID, Path(description="The id of the appointment.")]


@router.get("/footprints/{ref}/appointments")
async def appointments(
    ref: Ref,
    _: Anyone,
    session: Session,
    paging: Paging,
    request: Request,
    response: Response,
    wanted: Listing,
) -> Page[AppointmentOut]:
    """List who held a role in a footprint, the latest known first; `is_current` says what is history."""
    selected, closed_on = await domain.of_body(session, ref, "footprint", wanted)
    found, cursor = await keyset(session, selected, paging, *ORDER)
    return page(request, response, await appointment_views(session, found, wanted.view, closed_on), cursor)


@router.get("/organisations/{ref}/appointments")
async def organisation_appointments(
    ref: Ref,
    _: Anyone,
    session: Session,
    paging: Paging,
    request: Request,
    response: Response,
    wanted: Listing,
) -> Page[AppointmentOut]:
    """List who held a role in an organisation, the latest known first."""
    selected, closed_on = await domain.of_body(session, ref, "organisation", wanted)
    found, cursor = await keyset(session, selected, paging, *ORDER)
    return page(request, response, await appointment_views(session, found, wanted.view, closed_on), cursor)


@router.post("/footprints/{ref}/appointments", status_code=201)
async def appoint_to_footprint(
    ref: Ref,
    new: NewAppointment,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> AppointmentWritten:
    """Make known who holds a role in a footprint, or that nobody does."""
    made = await domain.appoint_to(session, ref, "footprint", new, (steward, actor), version)
    response.headers["Location"] = f"/v1/appointments/{made.id}"
    response.headers["ETag"] = etag(made.version)
    return once.keep(made)


@router.post("/organisations/{ref}/appointments", status_code=201)
async def appoint_to_organisation(
    ref: Ref,
    new: NewAppointment,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> AppointmentWritten:
    """Make known who holds a role in an organisation, or that nobody does."""
    made = await domain.appoint_to(session, ref, "organisation", new, (steward, actor), version)
    response.headers["Location"] = f"/v1/appointments/{made.id}"
    response.headers["ETag"] = etag(made.version)
    return once.keep(made)


@router.get("/appointments/{appointment_id}")
async def appointment(
    appointment_id: ById,
    _: Anyone,
    session: Session,
    response: Response,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> AppointmentDetail:
    """Return one appointment; with `known_at`, as the registry said it before later corrections."""
    found = await domain.appointment(session, appointment_id, View(as_of or today(), known_at))
    response.headers["ETag"] = etag(found.version)
    return found


@router.post("/appointments/{appointment_id}/corrections")
async def correct_appointment(
    appointment_id: ById,
    given: AppointmentCorrection,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> AppointmentWritten:
    """Correct what was said of an appointment; what was said before stays readable with `known_at`."""
    found = await domain.correct(session, appointment_id, given, (steward, actor), version)
    response.headers["ETag"] = etag(found.version)
    return once.keep(found)


@router.post("/appointments/{appointment_id}/confirmation")
async def confirm_appointment(
    appointment_id: ById,
    given: Confirmation,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> AppointmentWritten:
    """Say that somebody made sure of an appointment: it is taken for current for 180 days more."""
    found = await domain.confirm(session, appointment_id, given, (steward, actor), version)
    response.headers["ETag"] = etag(found.version)
    return once.keep(found)


@router.post("/appointments/{appointment_id}/ending")
async def end_appointment(
    appointment_id: ById,
    given: AppointmentEnding,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> AppointmentWritten:
    """End an appointment; with `vacant_after` the role is known to be vacant from the day after on."""
    found = await domain.end(session, appointment_id, given, (steward, actor), version)
    response.headers["ETag"] = etag(found.version)
    return once.keep(found)


@router.post("/appointments/{appointment_id}/withdrawal")
async def withdraw_appointment(
    appointment_id: ById,
    given: Reasoned,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> AppointmentWritten:
    """Take back what never was so; that it was said stays readable with `known_at`."""
    found = await domain.withdraw(session, appointment_id, given, (steward, actor), version)
    response.headers["ETag"] = etag(found.version)
    return once.keep(found)
