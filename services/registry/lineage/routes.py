"""Where a footprint or an organisation came from, and what it has become."""

from services.registry.bodies.errors import NotKnownThen, NotOpenYet
from services.registry.bodies.schemas import EditionAsked, Ref, Viewed
from services.registry.lineage import domain, organisations
from services.registry.lineage.schemas import EditionOfCode, LineageOut, OrganisationLineage
from shared.auth import Anyone
from shared.db import Session
from shared.errors import NotFound
from shared.routing import Router

router = Router(prefix="/v1")


FINDING = (NotFound, NotKnownThen, NotOpenYet)


@router.get("/footprints/{ref}/lineage", tags=["footprints"], problems=FINDING, is_kept=True)
async def read_lineage(
    ref: Ref, _: Anyone, session: Session, view: Viewed, edition: EditionOfCode = None
) -> LineageOut:
    """Read what led to a footprint and what became of it, as editions (the newest first) and as trees.

    `as_of` is the day up to which the lineage reaches; `edition` says which body an earlier code means.
    """
    return await domain.lineage_view(session, ref, edition, view)


@router.get("/organisations/{ref}/lineage", tags=["organisations"], problems=FINDING, is_kept=True)
async def read_organisation_lineage(
    ref: Ref, _: Anyone, session: Session, view: Viewed, edition: EditionAsked = None
) -> OrganisationLineage:
    """Read what an organisation came from and what became of it, as trees, with what it is today.

    `as_of` is the day up to which the lineage reaches; `edition` says which body an earlier code means.
    """
    return await organisations.lineage_of_organisation(session, ref, view, edition)
