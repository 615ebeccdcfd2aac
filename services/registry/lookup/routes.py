"""Which footprint is a place in?"""

from typing import Annotated

from fastapi import Depends, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.views import View
from services.registry.lookup import batches, domain
from services.registry.lookup.answers import Answers
from services.registry.lookup.placing import NOT_FOUND
from services.registry.lookup.queries import without_transaction
from services.registry.lookup.reading import place_query
from services.registry.lookup.schemas import Place, PlaceFound, PlaceInAddress, Places, PlacesFound
from shared.auth import Anyone
from shared.clock import today
from shared.routing import Router

router = Router(prefix="/v1/lookup", tags=["lookup"])


Reading = Annotated[AsyncSession, Depends(without_transaction, scope="function")]


@router.post("", response_model=PlaceFound, problems=NOT_FOUND, only_reads=True)
async def look_up(place: Place, _: Anyone, session: Reading, answers: Answers) -> Response:
    """Find the footprint of a place, its leaders and contacts. No log keeps the place."""
    view = View(place.as_of or today())
    found = await domain.look_up(session, place_query(place), view, answers)
    return Response(found, media_type="application/json")


@router.get("", response_model=PlaceFound, problems=NOT_FOUND)
async def look_up_by_address(
    place: Annotated[PlaceInAddress, Query()], _: Anyone, session: Reading, answers: Answers
) -> Response:
    """Find the footprint of a place, its leaders and contacts. Prefer POST: others may log this address."""
    view = View(place.as_of or today())
    found = await domain.look_up(session, place_query(place, "/query"), view, answers)
    # The address holds a postcode: nobody may store the answer.
    return Response(found, media_type="application/json", headers={"Cache-Control": "no-store"})


@router.post("/batch", response_model=PlacesFound, only_reads=True)
async def look_up_many(places: Places, _: Anyone, session: Reading) -> Response:
    """Find the footprints of up to 1,000 places, in their order. Each has its own error."""
    found = await batches.look_up_many(session, places.places, View(places.as_of or today()))
    return Response(found.model_dump_json(), media_type="application/json")
