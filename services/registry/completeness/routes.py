"""How much is known about footprints."""

from services.registry.bodies import queries as body_queries
from services.registry.bodies.errors import NotOpenYet
from services.registry.bodies.schemas import AsOf, OnDay, Ref
from services.registry.completeness import domain
from services.registry.completeness.schemas import CompletenessDetail, CompletenessPage
from services.registry.footprints.queries import footprints_on
from services.registry.ledger.views import View
from services.registry.models import Body
from shared.auth import Anyone
from shared.clock import today
from shared.db import Session
from shared.errors import NotFound
from shared.paging import Paging, keyset
from shared.routing import Router

router = Router(prefix="/v1/footprints", tags=["footprints"])


@router.get("/completeness")
async def completeness(_: Anyone, session: Session, paging: Paging, as_of: AsOf = None) -> CompletenessPage:
    """Read how much is known about all footprints that were open on a day, and about each."""
    view = View(as_of or today())
    ids, cursor = await keyset(session, footprints_on(view), paging, Body.id)
    states = await domain.all_item_states(session, view)
    bodies = await body_queries.bodies_on(session, ids, view)
    items = [domain.completeness_view(bodies[each], states[each]) for each in ids]
    return CompletenessPage(
        **dict(paging.answer(items, cursor)),
        as_of=view.as_of,
        footprints=len(states),
        score=domain.mean_score(states.values()),
        by_item=domain.count_items(states.values()),
    )


@router.get("/{ref}/completeness", problems=(NotFound, NotOpenYet))
async def footprint_completeness(ref: Ref, _: Anyone, session: Session, view: OnDay) -> CompletenessDetail:
    """Read how much is known about a footprint on a day, and what to ask for."""
    return await domain.completeness_detail(session, ref, view)
