"""Facts that two sources dispute, for stewards."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from services.registry.bodies.domain import find_body_of_field
from services.registry.disputes import domain
from services.registry.disputes.domain import AlreadySettled, NotSettled
from services.registry.disputes.models import Dispute
from services.registry.disputes.schemas import DisputeOut, Settlement
from services.registry.ledger.views import View
from services.registry.stewards import Steward, StewardEdit
from shared.clock import today
from shared.db import Session
from shared.errors import NotFound
from shared.paging import Page, Paging, keyset
from shared.routing import Router
from shared.schemas import BodyRef
from shared.versions import etag

router = Router(prefix="/v1/disputes", tags=["disputes"])
ById = Annotated[UUID, Path(description="The id of the dispute.")]


@router.get("")
async def list_disputes(
    steward: Steward,
    session: Session,
    paging: Paging,
    settled: Annotated[
        bool, Query(description="Whether to list settled disputes instead of open ones.")
    ] = False,
    body: Annotated[BodyRef | None, Query(description="Only the disputes about this body.")] = None,
) -> Page[DisputeOut]:
    """List where a file and the registry differ. A body's stewards see what they can correct."""
    about = (
        (await find_body_of_field(session, body, View(today()), "any", "/query/body")).id if body else None
    )
    selected = domain.select_disputes(steward, is_settled=settled, body_id=about)
    found, cursor = await keyset(session, selected, paging, Dispute.id)
    return paging.answer(await domain.dispute_views(session, found), cursor)


@router.get("/{dispute_id}", problems=(NotFound,))
async def read_dispute(
    dispute_id: ById, steward: Steward, session: Session, response: Response
) -> DisputeOut:
    """Read one dispute."""
    found = await domain.find_for_steward(session, dispute_id, steward)
    response.headers["ETag"] = etag(found.version)
    [view] = await domain.dispute_views(session, [found])
    return view


@router.post("/{dispute_id}/settlement", problems=(NotFound, AlreadySettled))
async def settle_dispute(dispute_id: ById, given: Settlement, change: StewardEdit) -> DisputeOut:
    """Settle a dispute: ours stands. It comes back when the file says something else."""
    found = await domain.settle_dispute(change, dispute_id, given)
    return change.keep(found, version=found.version)


@router.post("/{dispute_id}/reopening", problems=(NotFound, NotSettled))
async def reopen_dispute(dispute_id: ById, change: StewardEdit) -> DisputeOut:
    """Reopen a dispute that was settled by mistake."""
    found = await domain.reopen_dispute(change, dispute_id)
    return change.keep(found, version=found.version)
