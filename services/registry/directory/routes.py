"""The whole directory in a file: CSV for spreadsheets, vCards for address books."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Literal

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.registry.bodies.schemas import Kind, OnDay
from services.registry.directory import domain
from services.registry.directory.domain import Entry
from services.registry.directory.queries import Selection
from services.registry.directory.spreadsheet import spreadsheet
from services.registry.directory.vcards import vcards
from shared.auth import Anyone
from shared.conditional import is_known
from shared.db import Session
from shared.routing import Router
from shared.schemas import BodyRef
from shared.state import ServiceState, state_of

router = Router(prefix="/v1", tags=["directory"])
CSV, VCARD = "text/csv", "text/vcard"
Kinds = Annotated[
    list[Literal[Kind, "stp"]],
    Query(
        alias="type",
        default_factory=list,
        max_length=12,
        description="Bodies of these kinds instead of the footprints: `nhs_trust`, `gp_practice` and so on.",
    ),
]
OfFootprint = Annotated[
    BodyRef | None, Query(description="Only this footprint; with `type`, what belongs to it.")
]
Form = Callable[[AsyncIterator[list[Entry]]], AsyncIterator[bytes]]


async def selection_of(
    _: Anyone, session: Session, view: OnDay, kinds: Kinds, footprint: OfFootprint = None
) -> Selection:
    """The bodies that a request asks for."""
    return await domain.select_directory(session, view.as_of, kinds, footprint)


Selected = Annotated[Selection, Depends(selection_of)]


def stream(request: Request, selection: Selection, form: Form, media_type: str, ending: str) -> Response:
    """The directory in a form, or 304 for a client that has it unchanged."""
    if is_known(request.headers, selection.tag):
        return Response(status_code=304, headers={"ETag": selection.tag})
    name = f"doorway-directory-{selection.day}.{ending}"
    headers = {"ETag": selection.tag, "Content-Disposition": f'attachment; filename="{name}"'}
    # The request's own session ends before the answer starts.
    pieces = domain.read_entries(state_of(request, ServiceState).sessions, selection)
    return StreamingResponse(form(pieces), headers=headers, media_type=media_type)


def text_of(media_type: str) -> dict[int | str, dict[str, object]]:
    """How the API document describes a text of a media type."""
    return {200: {"content": {media_type: {"schema": {"type": "string"}}}}}


@router.get("/directory.csv", response_class=Response, responses=text_of(CSV))
async def read_directory_as_csv(request: Request, selection: Selected) -> Response:
    """Download the footprints of a day with their leaders and contacts as CSV: one row for each contact.

    With `type`, it lists bodies of these kinds. A cell that a spreadsheet could take for a formula, or that
    begins with an apostrophe, has an apostrophe before it.
    """
    return stream(request, selection, spreadsheet, f"{CSV}; charset=utf-8; header=present", "csv")


@router.get("/directory.vcf", response_class=Response, responses=text_of(VCARD))
async def read_directory_as_vcards(request: Request, selection: Selected) -> Response:
    """Download the footprints of a day with their leaders and contacts as vCards 4.0; with `type`, others."""
    return stream(request, selection, vcards, VCARD, "vcf")
