"""How much is known about footprints."""

from services.registry.bodies.errors import NotOpenYet
from services.registry.bodies.schemas import OnDay, Ref
from services.registry.completeness import domain
from services.registry.completeness.schemas import CompletenessDetail, CompletenessPage
from shared.auth import Anyone
from shared.db import Session
from shared.errors import NotFound
from shared.paging import Paging
from shared.routing import Router

router = Router(prefix="/v1/footprints", tags=["footprints"])


@router.get("/completeness", is_kept=True)
async def list_completeness(_: Anyone, session: Session, view: OnDay, paging: Paging) -> CompletenessPage:
    """Read how much is known about all footprints that were open on a day, and about each."""
    return await domain.completeness_page(session, view, paging)


@router.get("/{ref}/completeness", problems=(NotFound, NotOpenYet), is_kept=True)
async def read_footprint_completeness(
    ref: Ref, _: Anyone, session: Session, view: OnDay
) -> CompletenessDetail:
    """Read how much is known about a footprint on a day, and what to ask for."""
    return await domain.completeness_detail(session, ref, view)
