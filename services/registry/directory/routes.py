"""The whole directory in a file: CSV for spreadsheets, vCards for address books."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.registry.bodies.schemas import AsOf, Kind
from services.registry.conditional import is_known
from services.registry.directory import domain
from services.registry.directory.domain import Entry
from services.registry.directory.queries import Selection
from services.registry.directory.spreadsheet import spreadsheet
from services.registry.directory.vcards import vcards
from shared.auth import Anyone
from shared.clock import today
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


@dataclass(frozen=True, slots=True)
class Directory:
    """The directory that a request asks for."""

    request: Request
    selection: Selection
    tag: str

    def stream_as(self, form: Form, media_type: str, ending: str) -> Response:
        """The directory as a stream, or 304 for a client that has it unchanged."""
        if is_known(self.request.headers, self.tag):
            return Response(status_code=304, headers={"ETag": self.tag})
        # The request's own session ends before the answer starts.
        sessions = state_of(self.request, ServiceState).sessions
        name = f"doorway-directory-{self.selection.day}.{ending}"
        headers = {"ETag": self.tag, "Content-Disposition": f'attachment; filename="{name}"'}
        pieces = domain.read_entries(sessions, self.selection)
        return StreamingResponse(form(pieces), headers=headers, media_type=media_type)


async def directory_of(
    request: Request,
    _: Anyone,
    session: Session,
    kinds: Kinds,
    as_of: AsOf = None,
    footprint: OfFootprint = None,
) -> Directory:
    """The directory that a request asks for."""
    return Directory(request, *await domain.select_directory(session, as_of or today(), kinds, footprint))


Requested = Annotated[Directory, Depends(directory_of)]


def text_of(media_type: str) -> dict[int | str, dict[str, object]]:
    """How the API document describes a text of a media type."""
    return {200: {"content": {media_type: {"schema": {"type": "string"}}}}}


@router.get("/directory.csv", response_class=Response, responses=text_of(CSV))
async def directory_as_csv(directory: Requested) -> Response:
    """Download the footprints of a day with their leaders and contacts as CSV: one row for each contact.

    With `type`, it lists bodies of these kinds. A cell that a spreadsheet could take for a formula, or that
    begins with an apostrophe, has an apostrophe before it.
    """
    return directory.stream_as(spreadsheet, f"{CSV}; charset=utf-8; header=present", "csv")


@router.get("/directory.vcf", response_class=Response, responses=text_of(VCARD))
async def directory_as_vcards(directory: Requested) -> Response:
    """Download the footprints of a day with their leaders and contacts as vCards 4.0; with `type`, others."""
    return directory.stream_as(vcards, VCARD, "vcf")
