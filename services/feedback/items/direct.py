"""The way around the framework's dependencies, for the route on which every piece of feedback comes.

Solving dependencies costs as much as storing. The framework still reads every request that is wrong in any
point, and says what is wrong: nothing is refused here.
"""

import json
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from fastapi import Request, Response
from pydantic import TypeAdapter

from services.feedback.items.schemas import NewFeedback
from shared.auth import Authentication, Caller
from shared.errors import Problem
from shared.idempotency import IdempotencyKey, KeyHeader, key_of_request
from shared.routing import DeclaredRoute
from shared.state import state_of

WRITING = "feedback:write"
KEY_HEADER: TypeAdapter[str | None] = TypeAdapter(KeyHeader)


class GivenRequest(NamedTuple):
    """What the function of the route takes, read from a request that is right in every point."""

    new: NewFeedback
    request: Request
    caller: Caller
    key: IdempotencyKey | None


class DirectRoute(DeclaredRoute):
    """A route that reads what is right itself; what it declares is what its function declares."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request: the function itself, or the framework where it has something to say."""
        answer_by_framework = super().get_route_handler()

        async def answer(request: Request) -> Response:
            given = await read_request(request)
            if given is None:
                return await answer_by_framework(request)
            answered: Response = await self.endpoint(*given)
            return answered

        return answer


async def read_request(request: Request) -> GivenRequest | None:
    """What a request gives; None if anything is wrong with it."""
    if request.scope["query_string"] or not is_json(request.headers.get("content-type", "")):
        return None
    try:
        header = KEY_HEADER.validate_python(request.headers.get("idempotency-key"))
        caller = state_of(request, Authentication).caller_of(request)
        caller.require(WRITING)
        # As the framework reads it: pydantic's own reader of JSON takes other things for right.
        new = NewFeedback.model_validate(json.loads(await request.body()))
    except (Problem, ValueError, RecursionError):
        return None
    return GivenRequest(new, request, caller, await key_of_request(request, caller, header))


def is_json(content_type: str) -> bool:
    """Whether a Content-Type is plainly that of JSON."""
    return content_type.partition(";")[0].strip().lower() == "application/json"
