"""The whole directory in a file: as CSV for spreadsheets, as vCards for address books."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.responses import StreamingResponse

from services.registry.bodies.schemas import AsOf
from services.registry.conditional import is_known
from services.registry.directory import domain
from services.registry.directory.domain import Entry
from services.registry.directory.queries import Wanted
from services.registry.directory.schemas import Kinds, OfFootprint
from services.registry.directory.spreadsheet import spreadsheet
from services.registry.directory.vcards import vcards
from shared.auth import Anyone
from shared.clock import today
from shared.db import Session
from shared.routing import Router
from shared.state import ServiceState, state_of

router = Router(prefix="/v1", tags=["directory"])
CSV, VCARD = "text/csv", "text/vcard"
AS_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {CSV: {"schema": {"type": "string"}}}}}
AS_VCARD: dict[int | str, dict[str, Any]] = {200: {"content": {VCARD: {"schema": {"type": "string"}}}}}
Form = Callable[[AsyncIterator[list[Entry]]], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory that was asked for, and the request."""

    request: Request
    wanted: Wanted
    tag: str

    def written(self, form: Form, media_type: str, ending: str) -> Response:
        """Return it in a form, as a stream; only that it has not changed to whoever has it."""
        if is_known(self.request.headers, self.tag):
            return Response(status_code=304, headers={"ETag": self.tag})
        # The request's own session ends before the answer starts.
        pieces = domain.entries(state_of(self.request, ServiceState).sessions, self.wanted)
        name = f"doorway-directory-{self.wanted.day}.{ending}"
        headers = {"ETag": self.tag, "Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(form(pieces), headers=headers, media_type=media_type)


async def directory_of(
    request: Request,
    _: Anyone,
    session: Session,
    kinds: Kinds,
    as_of: AsOf = None,
    footprint: OfFootprint = None,
) -> Directory:
    """Return the directory that a request asks for."""
    return Directory(request, *await domain.asked(session, as_of or today(), kinds, footprint))


Asked = Annotated[Directory, Depends(directory_of)]


@router.get("/directory.csv", response_class=Response, responses=AS_CSV)
async def directory_as_csv(asked: Asked) -> Response:
    """Return the footprints of a day with their leaders and doors as CSV: one row for each door.

    With `type`, bodies of these kinds. A cell that a spreadsheet could take for a formula, or that begins
    with an apostrophe, has an apostrophe before it.
    """
    return asked.written(spreadsheet, f"{CSV}; charset=utf-8; header=present", "csv")


@router.get("/directory.vcf", response_class=Response, responses=AS_VCARD)
async def directory_as_vcards(asked: Asked) -> Response:
    """Return the footprints of a day with their leaders and doors as vCards 4.0; or, with `type`, others."""
    return asked.written(vcards, VCARD, "vcf")
