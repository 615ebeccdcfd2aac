"""The API document and its pages; they load nothing from anywhere else."""

from fastapi import Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from services.gateway.openapi.document import ASSETS, KINDS, errors_page, page_assets, read_document
from services.gateway.settings import GatewaySettings
from shared.errors import NotFound
from shared.routing import Router
from shared.state import state_of

router = Router(include_in_schema=False)

PAGE_HEADERS = {
    # The viewer sets styles on elements and has its icons in data addresses. Scripts are only our own files.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}


@router.get("/openapi.json")
async def openapi_document(request: Request) -> Response:
    """The joined document of all services."""
    body = read_document(state_of(request, GatewaySettings).openapi_path)
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-cache"})


@router.get("/docs")
async def docs() -> FileResponse:
    """The page that shows the document."""
    return FileResponse(ASSETS / "docs.html", headers=PAGE_HEADERS)


@router.get("/docs/errors")
async def error_codes(request: Request) -> HTMLResponse:
    """The page of error codes."""
    return HTMLResponse(errors_page(state_of(request, GatewaySettings).openapi_path), headers=PAGE_HEADERS)


@router.get("/docs/assets/{name}", problems=(NotFound,))
async def asset(name: str) -> FileResponse:
    """A file that the pages load."""
    if (path := page_assets().get(name)) is None:
        raise NotFound
    return FileResponse(
        path, media_type=KINDS[path.suffix], headers={"Cache-Control": "public, max-age=3600"}
    )
