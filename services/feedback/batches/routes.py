"""Many pieces of feedback together."""

from typing import Annotated

from fastapi import Request, Security
from pydantic import JsonValue

from services.feedback.batches import domain
from services.feedback.batches.schemas import BatchResult
from services.feedback.errors import SentTwiceAtOnce, TooManyLines
from services.feedback.items.intake import Origin, Tools
from shared.change_request import ChangeRequest, change_request
from shared.errors import TooMany
from shared.routing import Router

router = Router(prefix="/v1/feedback/batch", tags=["feedback"])
LINES: JsonValue = {
    "schema": {"type": "string", "format": "binary", "description": "One body of POST /v1/feedback a line."}
}
# Whatever the lines are called they are read alike. Some generators can send bytes, and no kind of text.
FORMS = ("application/x-ndjson", "text/plain", "application/octet-stream")
NDJSON: dict[str, JsonValue] = {"requestBody": {"required": True, "content": dict.fromkeys(FORMS, LINES)}}


@router.post("", openapi_extra=NDJSON, problems=(SentTwiceAtOnce, TooMany, TooManyLines))
async def give_batch(
    request: Request,
    tools: Tools,
    change: Annotated[ChangeRequest, Security(change_request, scopes=["feedback:write"])],
) -> BatchResult:
    """Give many pieces of feedback, one on each line; a problem with one line does not stop the others."""
    origin = Origin.from_client(change.caller)
    return change.keep(await domain.store_batch(change.session, await request.body(), origin, tools))
