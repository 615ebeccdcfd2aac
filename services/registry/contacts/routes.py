"""How a footprint could be reached, as far as it is known."""

from fastapi import APIRouter, Request, Response

from services.registry.bodies import domain as bodies
from services.registry.bodies.schemas import AsOf, Ref
from services.registry.contacts import domain, queries
from services.registry.contacts.schemas import ContactOut
from services.registry.models import Body, Contact
from shared.auth import Anyone
from shared.clock import today
from shared.db import Session
from shared.paging import Page, Paging, keyset, page

router = APIRouter(prefix="/v1/footprints", tags=["footprints"])


@router.get("/{ref}/contacts")
async def contacts(
    ref: Ref,
    _: Anyone,
    session: Session,
    paging: Paging,
    request: Request,
    response: Response,
    as_of: AsOf = None,
) -> Page[ContactOut]:
    """List the doors of a footprint, the latest known first, with how fresh each is."""
    day = as_of or today()
    footprint = await bodies.find(session, ref, day, Body.is_footprint)
    found, cursor = await keyset(
        session, queries.known_by(footprint.id, day), paging, Contact.known_on.desc(), Contact.id.desc()
    )
    return page(request, response, [domain.told(each, day) for each in found], cursor)
