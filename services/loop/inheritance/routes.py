"""Inherited promises over HTTP."""

from typing import Annotated

from fastapi import Query

from services.loop.copies.domain import footprint_today
from services.loop.inheritance import domain, queries
from services.loop.inheritance.schemas import InheritedPromise
from services.loop.records import Commitment
from shared.auth import Anyone
from shared.copies import UNKNOWN_BODY
from shared.db import Session
from shared.paging import Page, Paging, keyset
from shared.routing import Router
from shared.schemas import BodyRef

router = Router(prefix="/v1/board", tags=["board"])


@router.get("/inherited", summary="See which promises were inherited", problems=UNKNOWN_BODY, is_kept=True)
async def list_inherited(
    _: Anyone,
    paging: Paging,
    session: Session,
    footprint: Annotated[BodyRef | None, Query(description="Only what this successor took over.")] = None,
) -> Page[InheritedPromise]:
    """List the promises of bodies that have closed, newest first. Their successors answer for them."""
    heir = (await footprint_today(session, footprint, "/query/footprint")).id if footprint else None
    wanted = queries.promises_inherited(heir)
    promises, cursor = await keyset(session, wanted, paging, Commitment.id.desc())
    return paging.answer(await domain.promise_views(session, promises), cursor)
