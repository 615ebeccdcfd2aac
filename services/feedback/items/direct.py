"""The way around the framework, for the route on which every piece of feedback comes.

Its layers and dependencies take longer than storing does. The framework still reads every request that is
wrong in any point, and says what is wrong: nothing is refused here.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from fastapi import FastAPI, Request, Response
from pydantic import TypeAdapter
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, ExceptionHandler, Message, Receive, Scope, Send

from services.feedback.items.schemas import NewFeedback
from shared.auth import Authentication, Caller
from shared.errors import Problem
from shared.idempotency import IdempotencyKey, KeyHeader, key_of_request
from shared.state import state_of

PATH = "/v1/feedback"
WRITING = "feedback:write"
KEY_HEADER: TypeAdapter[str | None] = TypeAdapter(KeyHeader)


class GivenRequest(NamedTuple):
    """What the function of the route takes, read from a request that is right in every point."""

    new: NewFeedback
    request: Request
    caller: Caller
    key: IdempotencyKey | None


class DirectPath:
    """ASGI middleware: answers a request to give feedback if it is right, and hands on every other."""

    def __init__(self, app: ASGIApp, give: Callable[..., Awaitable[Response]]) -> None:
        self.app, self.give = app, give
        self.guarded: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or (scope["method"], scope["path"]) != ("POST", PATH):
            await self.app(scope, receive, send)
            return
        self.guarded = self.guarded or ExceptionMiddleware(self.answer, handlers_of(scope["app"]))
        await self.guarded(scope, receive, send)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give feedback, or let the framework say what is wrong; what goes wrong is answered as there."""
        body = await receive()  # it was read whole before
        given = await read_request(Request(scope, replaying(body, receive)))
        if given is None:
            await self.app(scope, replaying(body, receive), send)
            return
        scope["doorway.route"] = PATH
        answered = await self.give(*given)
        await answered(scope, receive, send)


def handlers_of(app: FastAPI) -> Mapping[int | type[Exception], ExceptionHandler]:
    """What answers each kind of error, but for those that nobody expects: they are raised on."""
    handlers = app.exception_handlers.items()
    return {
        kind: handler for kind, handler in handlers if not isinstance(kind, int) and kind is not Exception
    }


def replaying(first: Message, receive: Receive) -> Receive:
    """Receive a message that has come already, and then what comes."""
    waiting = [first]

    async def receive_next() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_next


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
