"""Where a footprint came from."""

from fastapi import APIRouter, Request, Response

from services.registry.bodies import domain as bodies
from services.registry.bodies.schemas import AsOf, Ref
from services.registry.lineage import domain
from services.registry.lineage.schemas import LineageEntry
from services.registry.models import Body
from shared.auth import Anyone
from shared.clock import today
from shared.db import Session
from shared.paging import Page, page

router = APIRouter(prefix="/v1/footprints", tags=["footprints"])


@router.get("/{ref}/lineage")
async def lineage(
    ref: Ref, _: Anyone, session: Session, request: Request, response: Response, as_of: AsOf = None
) -> Page[LineageEntry]:
    """Return what led to a footprint and what became of it, the newest first, back to 2016."""
    day = as_of or today()
    footprint = await bodies.find(session, ref, day, Body.is_footprint)
    found = await domain.lineage_of(session, footprint.id, day)
    return page(request, response, [domain.told(each) for each in found], None)
