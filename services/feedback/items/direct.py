"""The way around the framework, for the routes on which feedback comes, and on which pages of it are read.

Its layers and dependencies take longer than storing does. The framework still reads every request that is
wrong in any point, and says what is wrong: nothing is refused here. What a query may hold is read from the
function of its route, as the framework does.
"""

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple, get_args, get_type_hints

from fastapi import FastAPI, Request, Response
from fastapi.params import Depends
from pydantic import BaseModel, ConfigDict, TypeAdapter, create_model
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, ExceptionHandler, Message, Receive, Scope, Send

from services.feedback.items.pages import FeedbackReader
from services.feedback.items.schemas import NewFeedback
from shared.auth import Authentication, Caller
from shared.conditional import answer_unless_known, tag_answer
from shared.errors import Problem
from shared.idempotency import IdempotencyKey, KeyHeader, key_of_request
from shared.paging import PageRequest, page_request
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


class ReadingRoute:
    """A route that gives pages: its function, and the shape of its query."""

    def __init__(self, read: Callable[..., Awaitable[Response]]) -> None:
        self.read, self.own = read, query_fields(read)
        fields: dict[str, Any] = query_fields(page_request) | self.own
        self.query: type[BaseModel] = create_model("Query", __config__=ConfigDict(extra="forbid"), **fields)

    async def answer(self, request: Request) -> Response | None:
        """The answer with a page; None if anything is wrong with the request."""
        given = request.query_params.multi_items()
        try:
            query = self.query.model_validate(dict(given))
            caller = state_of(request, Authentication).caller_of(request)
        except (Problem, ValueError):
            return None
        if len(given) > len(query.model_fields_set):
            return None  # one is there twice
        values = vars(query)
        response = Response()
        del response.headers["content-length"]  # it collects the headers of another answer
        paging = PageRequest(values["limit"], values["cursor"], request=request, response=response)
        reader = state_of(request, FeedbackReader)
        own = {name: values[name] for name in self.own}
        found = await self.read(caller=caller, reader=reader, paging=paging, **own)
        return answer_unless_known(request, tag_answer(request, found))


class DirectPath:
    """ASGI middleware: answers a right request to give or read feedback, and hands on every other."""

    def __init__(
        self,
        app: ASGIApp,
        give: Callable[..., Awaitable[Response]],
        read: Mapping[str, Callable[..., Awaitable[Response]]],
    ) -> None:
        self.app, self.give = app, give
        self.reading = {path: ReadingRoute(function) for path, function in read.items()}
        self.guarded: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not self.is_direct(scope["method"], scope["path"]):
            await self.app(scope, receive, send)
            return
        self.guarded = self.guarded or ExceptionMiddleware(self.answer, handlers_of(scope["app"]))
        await self.guarded(scope, receive, send)

    def is_direct(self, method: str, path: str) -> bool:
        """Whether there is a direct way for a request."""
        return (method == "GET" and path in self.reading) or (method, path) == ("POST", PATH)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer directly, or let the framework say what is wrong; what goes wrong is answered as there."""
        body = await receive()  # it was read whole before
        request = Request(scope, replaying(body, receive))
        route, scope["doorway.route"] = scope.get("doorway.route"), scope["path"]
        answered = await self.answer_directly(request)
        if answered is None:
            scope["doorway.route"] = route
            await self.app(scope, replaying(body, receive), send)
            return
        await answered(scope, receive, send)

    async def answer_directly(self, request: Request) -> Response | None:
        """The answer, or None if anything is wrong with the request."""
        if request.method == "GET":
            return await self.reading[request.scope["path"]].answer(request)
        given = await read_request(request)
        return None if given is None else await self.give(*given)


def query_fields(function: Callable[..., object]) -> dict[str, tuple[object, object]]:
    """The parameters that a function reads of a query, as fields of a shape."""
    hints, parameters = get_type_hints(function, include_extras=True), inspect.signature(function).parameters
    return {
        name: (hints[name], ... if each.default is each.empty else each.default)
        for name, each in parameters.items()
        if hints[name] not in (Request, Response)
        and not any(isinstance(noted, Depends) for noted in get_args(hints[name])[1:])
    }


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
