"""Boundaries over HTTP: which editions there are, and their outlines as GeoJSON."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi import Path as InPath

from services.registry.bodies.schemas import AsOf, Ref
from services.registry.boundaries import domain
from services.registry.boundaries.schemas import Editions
from services.registry.settings import Settings
from shared.auth import Anyone
from shared.clock import today
from shared.db import Session
from shared.routing import Router
from shared.schemas import Code
from shared.state import state_of

router = Router(prefix="/v1", tags=["boundaries"])
GEOJSON = "application/geo+json"
AS_GEOJSON: dict[int | str, dict[str, Any]] = {200: {"content": {GEOJSON: {"schema": {"type": "object"}}}}}


async def folder_of(request: Request) -> Path:
    """Return the folder of the data that the registry ships."""
    return state_of(request, Settings).data_path


Folder = Annotated[Path, Depends(folder_of)]


@router.get("/boundaries")
async def boundaries(_: Anyone, session: Session, folder: Folder, as_of: AsOf = None) -> Editions:
    """List the editions of the boundaries; with `as_of`, those that held on a day."""
    return Editions(items=await domain.editions(session, folder, as_of))


@router.get("/boundaries/{edition}", response_class=Response, responses=AS_GEOJSON)
async def outlines(
    edition: Annotated[Code, InPath(description="An edition, such as `STP2016` or `ICB2026`.")],
    _: Anyone,
    session: Session,
    folder: Folder,
) -> Response:
    """Return the outlines of an edition as GeoJSON: simplified, for maps only, not for deciding."""
    return Response(await domain.collection(session, folder, edition.upper()), media_type=GEOJSON)


@router.get("/footprints/{ref}/boundary", response_class=Response, responses=AS_GEOJSON)
async def footprint_outline(
    ref: Ref, _: Anyone, session: Session, folder: Folder, as_of: AsOf = None
) -> Response:
    """Return the outline of a footprint as GeoJSON: simplified, for maps only, not for deciding."""
    return Response(await domain.one(session, folder, ref, as_of or today()), media_type=GEOJSON)
