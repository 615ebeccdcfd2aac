"""Boundaries over HTTP: which editions there are, and their outlines as GeoJSON."""

from pathlib import Path as Folder
from typing import Annotated

from fastapi import Depends, Path, Request, Response

from services.registry.bodies.errors import NotOpenYet
from services.registry.bodies.schemas import AsOf, OnDay, Ref
from services.registry.boundaries import domain
from services.registry.boundaries.domain import NoOutline
from services.registry.boundaries.schemas import Editions
from services.registry.settings import Settings
from shared.auth import Anyone
from shared.db import Session
from shared.errors import NotFound
from shared.routing import Router
from shared.schemas import Code
from shared.state import state_of

router = Router(prefix="/v1", tags=["boundaries"])
GEOJSON = "application/geo+json"
AS_GEOJSON: dict[int | str, dict[str, object]] = {200: {"content": {GEOJSON: {"schema": {"type": "object"}}}}}


async def data_folder(request: Request) -> Folder:
    """The folder of the data that the registry ships."""
    return state_of(request, Settings).data_path


Data = Annotated[Folder, Depends(data_folder)]


@router.get("/boundaries")
async def list_boundaries(_: Anyone, session: Session, data: Data, as_of: AsOf = None) -> Editions:
    """List the editions of the boundaries; with `as_of`, those that were in force on a day."""
    return await domain.editions_view(session, data, as_of)


@router.get(
    "/boundaries/{edition}", response_class=Response, responses=AS_GEOJSON, problems=(NotFound, NoOutline)
)
async def read_outlines(
    edition: Annotated[Code, Path(description="An edition, such as `STP2016` or `ICB2026`.")],
    _: Anyone,
    session: Session,
    data: Data,
) -> Response:
    """Read the outlines of an edition as GeoJSON: simplified, for maps only, not for deciding."""
    return Response(await domain.edition_geojson(session, data, edition.upper()), media_type=GEOJSON)


@router.get(
    "/footprints/{ref}/boundary",
    response_class=Response,
    responses=AS_GEOJSON,
    problems=(NotFound, NotOpenYet, NoOutline),
)
async def read_footprint_outline(ref: Ref, _: Anyone, session: Session, view: OnDay, data: Data) -> Response:
    """Read the outline of a footprint as GeoJSON: simplified, for maps only, not for deciding."""
    found = await domain.footprint_geojson(session, data, ref, view)
    return Response(found, media_type=GEOJSON)
