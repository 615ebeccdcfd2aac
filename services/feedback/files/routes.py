"""Files of feedback: sent, looked at, and turned into feedback."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response, Security
from pydantic import JsonValue
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from services.feedback.errors import (
    FileNotRead,
    FileNotYours,
    FileUnknown,
    SentTwiceAtOnce,
    SheetUnknown,
    TooManyFiles,
)
from services.feedback.files import domain, views
from services.feedback.files.schemas import FileView, NewRows, RowsResult
from services.feedback.files.sealing import FileSeals
from services.feedback.files.sheets import FILE_BYTES_MAX, FileFault, ReadFile
from services.feedback.items.intake import Origin, Tools
from services.feedback.settings import Settings
from services.feedback.sources.apart import place_apart, run_apart
from shared.auth import Caller, needs
from shared.change_request import ChangeRequest, change_request
from shared.db import Session
from shared.errors import TooMany
from shared.routing import Router
from shared.state import state_of

router = Router(prefix="/v1/feedback-files", tags=["feedback"])
BINARY: JsonValue = {"schema": {"type": "string", "format": "binary"}}
FORM: JsonValue = {
    "schema": {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}},
    }
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Whatever a file is called, its first bytes say what it is.
FORMS = ("text/csv", XLSX, "application/vnd.ms-excel.sheet.macroEnabled.12", "application/octet-stream")
# The form stands first: generators of clients take the first form that they can send.
FILE: dict[str, JsonValue] = {
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": FORM, **dict.fromkeys(FORMS, BINARY)},
    }
}


async def seals_of_files(request: Request) -> FileSeals:
    """The keys that seal and open what is kept of files."""
    return FileSeals(state_of(request, Settings).seal_key)


Seals = Annotated[FileSeals, Depends(seals_of_files)]
Change = Annotated[ChangeRequest, Security(change_request, scopes=["feedback:write"])]
HeadingsLine = Annotated[
    int | None,
    Query(ge=0, le=1000, description="The line of the headings, 0 if there are none; found if left out."),
]
Reading = Annotated[Caller, needs("feedback:write")]


@router.post("", status_code=201, openapi_extra=FILE, problems=(FileNotRead, TooMany, TooManyFiles))
async def send_file(
    request: Request, seals: Seals, change: Change, headings_line: HeadingsLine = None
) -> FileView:
    """Send a CSV or XLSX file; the answer says what was found in it, and nothing becomes feedback yet."""
    origin = Origin.from_client(change.caller)
    content = await content_of_request(request)
    with place_apart(origin.id):
        read = await run_apart(lambda: read_or_refuse(content))
    digest = seals.digest_of(content, origin.id, headings_line)
    file = await domain.keep_file(change.session, read, digest, origin, seals, headings_line)
    view = await views.file_view(change.session, file, change.caller.client_id, seals)
    return change.keep(view, location=f"/v1/feedback-files/{file.id}")


def read_or_refuse(content: bytes) -> ReadFile:
    """The sheets of a file; FileNotRead says why it cannot be read."""
    try:
        return domain.read_file(content)
    except FileFault as fault:
        raise FileNotRead(f"The file was not read: {fault}.") from None


async def content_of_request(request: Request) -> bytes:
    """The bytes of the file: the whole body, or the one part of a form; FileNotRead."""
    body = await request.body()
    if not request.headers.get("Content-Type", "").lower().startswith("multipart/"):
        content = body
    else:
        content = await content_of_form(request)
    if not content.strip():
        raise FileNotRead("The file is empty: send its bytes as the body, or as the part `file` of a form.")
    return content


async def content_of_form(request: Request) -> bytes:
    """The bytes of the part `file`; FileNotRead."""
    parser = MultiPartParser(Headers(request.headers), request.stream(), max_files=1, max_fields=5)
    parser.spool_max_size = 2 * FILE_BYTES_MAX  # people's words are never written to a disk unsealed
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError):
        raise FileNotRead("The form was not read: send one file, as the part `file`.") from None
    try:
        part = form.get("file")
        if not isinstance(part, UploadFile):
            raise FileNotRead("The form has no part `file` with a file name: add it.")
        return await part.read()
    finally:
        await form.close()


@router.get("/{file_id}", problems=(FileUnknown,))
async def read_file(file_id: UUID, session: Session, caller: Reading, seals: Seals) -> FileView:
    """Look at a file: its sheets, its first rows, and how far its import is."""
    file = await domain.find_own_file(session, file_id, caller)
    return await views.file_view(session, file, caller.client_id, seals)


@router.delete("/{file_id}", status_code=204, problems=(FileUnknown,))
async def delete_file(file_id: UUID, change: Change) -> Response:
    """Delete a file and what is left of its rows; what became feedback stays."""
    file = await domain.find_own_file(change.session, file_id, change.caller)
    await domain.delete_file(change.session, file)
    return Response(status_code=204)


@router.post("/{file_id}/rows", problems=(FileUnknown, FileNotYours, SheetUnknown, SentTwiceAtOnce))
async def import_rows(
    file_id: UUID, asked: NewRows, tools: Tools, seals: Seals, change: Change
) -> RowsResult:
    """Turn the next rows of a file into feedback, up to 500; send the same again until `is_done`."""
    file = await domain.find_own_file(change.session, file_id, change.caller, to_import=True)
    origin = Origin.from_client(change.caller)
    return change.keep(await domain.import_rows(change.session, file, asked, origin, tools, seals))
