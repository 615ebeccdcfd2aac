"""How much is known of the doors of footprints."""

from fastapi import Request, Response

from services.registry.bodies import queries as body_queries
from services.registry.bodies.schemas import AsOf, Ref
from services.registry.completeness import domain
from services.registry.completeness.schemas import CompletenessDetail, CompletenessPage
from services.registry.footprints.queries import footprints_on
from services.registry.ledger.views import View
from services.registry.models import Body
from shared.auth import Anyone
from shared.clock import today
from shared.db import Session
from shared.paging import Paging, keyset, page
from shared.routing import Router

router = Router(prefix="/v1/footprints", tags=["footprints"])


@router.get("/completeness")
async def completeness(
    _: Anyone, session: Session, paging: Paging, request: Request, response: Response, as_of: AsOf = None
) -> CompletenessPage:
    """Return how much is known of all footprints that were open on a day, in numbers, and of each."""
    day = as_of or today()
    ids, cursor = await keyset(session, footprints_on(View(day)), paging, Body.id)
    every = await domain.every(session, day)
    rows = await body_queries.bodies_on(session, ids, View(day))
    shown = page(request, response, [domain.told(rows[each], every[each]) for each in ids], cursor)
    return CompletenessPage(**dict(shown), **domain.overall(every), as_of=day)


@router.get("/{ref}/completeness")
async def footprint_completeness(
    ref: Ref, _: Anyone, session: Session, as_of: AsOf = None
) -> CompletenessDetail:
    """Return how much is known of a footprint on a day, and what to ask for."""
    return await domain.completeness(session, ref, as_of or today())
