"""Where a footprint came from, and what it has become."""

from services.registry.bodies.errors import NotKnownThen, NotOpenYet
from services.registry.bodies.schemas import Ref, Viewed
from services.registry.lineage import domain
from services.registry.lineage.schemas import EditionOfCode, LineageOut
from shared.auth import Anyone
from shared.db import Session
from shared.errors import NotFound
from shared.routing import Router

router = Router(prefix="/v1/footprints", tags=["footprints"])


@router.get("/{ref}/lineage", problems=(NotFound, NotKnownThen, NotOpenYet))
async def read_lineage(
    ref: Ref, _: Anyone, session: Session, view: Viewed, edition: EditionOfCode = None
) -> LineageOut:
    """Read what led to a footprint and what became of it, as editions (the newest first) and as trees.

    `as_of` is the day up to which the lineage reaches; `edition` says which body an earlier code means.
    """
    return await domain.lineage_view(session, ref, edition, view)
