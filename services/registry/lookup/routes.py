"""Which footprint is a place in?"""

from typing import Annotated

from fastapi import Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.lookup import batches, domain, queries
from services.registry.lookup.asking import asked
from services.registry.lookup.kept import Kept
from services.registry.lookup.schemas import Place, PlaceFound, PlaceInAddress, Places, PlacesFound
from shared.auth import Anyone
from shared.clock import today
from shared.db import Session
from shared.routing import Router
from shared.state import state_of

router = Router(prefix="/v1/lookup", tags=["lookup"])


async def reading(session: Session) -> AsyncSession:
    """Return the request's session without a transaction: one statement sees one state by itself."""
    return await queries.without_transaction(session)


def kept_answers(request: Request) -> Kept:
    """Return what this process told lately."""
    return state_of(request, Kept)


Reading = Annotated[AsyncSession, Depends(reading, scope="function")]
Answers = Annotated[Kept, Depends(kept_answers)]


@router.post("", response_model=PlaceFound)
async def look_up(wanted: Place, _: Anyone, session: Reading, kept: Answers) -> Response:
    """Find the footprint of a place, and its doors; unlike an address, a body is kept in no log."""
    found = await domain.look_up(session, asked(wanted), wanted.as_of or today(), kept)
    return Response(found, media_type="application/json")


@router.get("", response_model=PlaceFound)
async def look_up_by_address(
    wanted: Annotated[PlaceInAddress, Query()], _: Anyone, session: Reading, kept: Answers
) -> Response:
    """Find the footprint of a place, and its doors; prefer POST, which keeps it out of addresses."""
    found = await domain.look_up(session, asked(wanted, "/query"), wanted.as_of or today(), kept)
    return Response(found, media_type="application/json")


@router.post("/batch", response_model=PlacesFound)
async def look_up_many(wanted: Places, _: Anyone, session: Reading) -> Response:
    """Find the footprints of up to 1,000 places at once, in their order; each has its own error."""
    found = await batches.look_up_many(session, wanted.places, wanted.as_of or today())
    return Response(found.model_dump_json(), media_type="application/json")
