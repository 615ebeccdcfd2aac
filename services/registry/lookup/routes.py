"""Which footprint is a place in?"""

from typing import Annotated

from fastapi import APIRouter, Query

from services.registry.bodies.schemas import AsOf
from services.registry.lookup import domain
from services.registry.lookup.schemas import Place, PlaceFound, PostcodeText
from shared.auth import Anyone
from shared.clock import today
from shared.db import Session

router = APIRouter(prefix="/v1/lookup", tags=["lookup"])


@router.post("")
async def look_up(wanted: Place, _: Anyone, session: Session) -> PlaceFound:
    """Find the footprint of a postcode, and its doors; unlike an address, a body is kept in no log."""
    return await domain.look_up(session, wanted.postcode, wanted.as_of or today(), "/postcode")


@router.get("")
async def look_up_by_address(
    postcode: Annotated[PostcodeText, Query()], _: Anyone, session: Session, as_of: AsOf = None
) -> PlaceFound:
    """Find the footprint of a postcode, and its doors; prefer POST, which keeps it out of addresses."""
    return await domain.look_up(session, postcode, as_of or today(), "/query/postcode")
