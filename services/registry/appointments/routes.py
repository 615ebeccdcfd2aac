"""Who led a footprint, as far as it is known."""

from fastapi import APIRouter, Request, Response

from services.registry.appointments import queries
from services.registry.appointments.schemas import AppointmentOut
from services.registry.bodies import domain as bodies
from services.registry.bodies.schemas import AsOf, Ref
from services.registry.models import Appointment, Body
from shared.auth import Anyone
from shared.clock import today
from shared.db import Session
from shared.paging import Page, Paging, keyset, page

router = APIRouter(prefix="/v1/footprints", tags=["footprints"])


@router.get("/{ref}/appointments")
async def appointments(
    ref: Ref,
    _: Anyone,
    session: Session,
    paging: Paging,
    request: Request,
    response: Response,
    as_of: AsOf = None,
) -> Page[AppointmentOut]:
    """List who held a role in a footprint, the latest known first; old ones are history."""
    day = as_of or today()
    footprint = await bodies.find(session, ref, day, Body.is_footprint)
    found, cursor = await keyset(
        session,
        queries.known_by(footprint.id, day),
        paging,
        Appointment.known_on.desc(),
        Appointment.id.desc(),
    )
    return page(request, response, [AppointmentOut.model_validate(each) for each in found], cursor)
