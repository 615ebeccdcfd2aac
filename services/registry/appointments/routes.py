"""Who holds which role in a footprint or an organisation, and what stewards change about it."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response

from services.registry.appointments import domain, rules, schemas
from services.registry.appointments.schemas import AppointmentDetail, AppointmentWritten
from services.registry.bodies.errors import NotOpenYet
from services.registry.bodies.restated import CHANGING
from services.registry.bodies.role_routes import FINDING
from services.registry.bodies.schemas import Ref, Viewed
from services.registry.ledger.acts import Reasoned
from services.registry.ledger.views import Role
from services.registry.models import Appointment
from services.registry.stewards import StewardEdit
from shared.auth import Anyone
from shared.db import Session
from shared.errors import NotFound
from shared.paging import Page, Paging, keyset
from shared.routing import Router
from shared.state import made_of_query
from shared.versions import etag

router = Router(prefix="/v1", tags=["appointments"])
ORDER = (Appointment.known_on.desc(), Appointment.id.desc())
Wanted = Annotated[schemas.AppointmentFilter, Depends(made_of_query(schemas.AppointmentFilter))]
ById = Annotated[UUID, Path(description="The id of the appointment.")]


def add_appointments(role: Role) -> None:
    """Register the appointments of the bodies of a role: reading them, and making one."""
    path = f"/{role}s/{{ref}}/appointments"

    @router.get(path, name=f"list_{role}_appointments", problems=FINDING, is_kept=True)
    async def body_appointments(
        ref: Ref, _: Anyone, session: Session, view: Viewed, wanted: Wanted, paging: Paging
    ) -> Page[schemas.AppointmentOut]:
        """List who held a role in a body, the latest known first; `is_current` says what is history."""
        selected, closed_on = await domain.select_of_body(session, ref, role, view, wanted)
        found, cursor = await keyset(session, selected, paging, *ORDER)
        return paging.answer(await domain.appointment_views(session, found, view, closed_on), cursor)

    @router.post(
        path,
        name=f"appoint_to_{role}",
        status_code=201,
        problems=(*CHANGING, *rules.UNSOUND, NotOpenYet, rules.RoleHeld),
    )
    async def appoint_to_body(
        ref: Ref, new: schemas.NewAppointment, change: StewardEdit
    ) -> AppointmentWritten:
        """Make known who holds a role in a body, or that nobody does."""
        found = await domain.appoint_to(change, ref, role, new)
        return change.keep(found, location=f"/v1/appointments/{found.id}", version=found.version)


add_appointments("footprint")
add_appointments("organisation")


@router.get("/appointments/{appointment_id}", problems=(NotFound,))
async def read_appointment(
    appointment_id: ById, _: Anyone, session: Session, view: Viewed, response: Response
) -> AppointmentDetail:
    """Read one appointment; with `known_at`, as the registry said it before later corrections."""
    found = await domain.appointment_detail(session, appointment_id, view)
    response.headers["ETag"] = etag(found.version)
    return found


@router.post("/appointments/{appointment_id}/corrections", problems=(*CHANGING, *rules.UNSOUND))
async def correct_appointment(
    appointment_id: ById, given: schemas.AppointmentCorrection, change: StewardEdit
) -> AppointmentWritten:
    """Correct what was said of an appointment; what was said before stays readable with `known_at`."""
    found = await domain.correct(change, appointment_id, given)
    return change.keep(found, version=found.version)


@router.post(
    "/appointments/{appointment_id}/confirmation",
    problems=(*CHANGING, rules.AlreadyEnded, rules.ConfirmedLater),
)
async def confirm_appointment(
    appointment_id: ById, given: schemas.Confirmation, change: StewardEdit
) -> AppointmentWritten:
    """Say that somebody verified an appointment: it counts as current for 180 more days."""
    found = await domain.confirm(change, appointment_id, given)
    return change.keep(found, version=found.version)


@router.post(
    "/appointments/{appointment_id}/ending",
    problems=(*CHANGING, *rules.UNSOUND, rules.RoleHeld, rules.AlreadyEnded),
)
async def end_appointment(
    appointment_id: ById, given: schemas.AppointmentEnding, change: StewardEdit
) -> AppointmentWritten:
    """End an appointment; with `vacant_after` the role is known to be vacant from the day after on."""
    found = await domain.end(change, appointment_id, given)
    return change.keep(found, version=found.version)


@router.post("/appointments/{appointment_id}/withdrawal", problems=CHANGING)
async def withdraw_appointment(
    appointment_id: ById, given: Reasoned, change: StewardEdit
) -> AppointmentWritten:
    """Withdraw an appointment that was never made. You can still read it with `known_at`."""
    found = await domain.withdraw(change, appointment_id, given)
    return change.keep(found, version=found.version)
