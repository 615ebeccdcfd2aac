"""Where a footprint came from, and what it has become."""

from services.registry.bodies.schemas import AsOf, KnownAt, Ref
from services.registry.ledger.views import View
from services.registry.lineage import domain
from services.registry.lineage.schemas import EditionAsked, LineageOut
from shared.auth import Anyone
from shared.clock import today
from shared.db import Session
from shared.routing import Router

router = Router(prefix="/v1/footprints", tags=["footprints"])


@router.get("/{ref}/lineage")
async def lineage(
    ref: Ref,
    _: Anyone,
    session: Session,
    as_of: AsOf = None,
    edition: EditionAsked = None,
    known_at: KnownAt = None,
) -> LineageOut:
    """Return what led to a footprint and what became of it, as editions (the newest first) and as trees.

    `as_of` is the day up to which is told, `edition` says which body a code of an earlier time means.
    """
    return await domain.lineage(session, ref, edition, View(as_of or today(), known_at))
