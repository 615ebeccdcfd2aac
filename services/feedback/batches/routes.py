"""Many pieces of feedback together."""

from typing import Annotated

from fastapi import Request, Response, Security
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


@router.post(
    "",
    response_model=BatchResult,
    openapi_extra=NDJSON,
    problems=(SentTwiceAtOnce, TooMany, TooManyLines),
)
async def give_batch(
    request: Request,
    tools: Tools,
    change: Annotated[ChangeRequest, Security(change_request, scopes=["feedback:write"])],
) -> Response:
    """Give many pieces of feedback, one on each line; a problem with one line does not stop the others."""
    origin = Origin.from_client(change.caller)
    result = await domain.store_batch(change.session, await request.body(), origin, tools)
    # Written once: the framework would make ten thousand objects of the answer, and hold up all others.
    return Response(change.keep(result).model_dump_json(), media_type="application/json")
