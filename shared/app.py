"""The app factory: everything that all services answer in the same way."""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import TypeVar, cast

import asyncpg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic_core import ErrorDetails
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from shared.auth import Authentication, Caller, TokenVerifier
from shared.db import make_engine, make_sessions, may_do_later
from shared.errors import (
    BadRequest,
    FieldError,
    Forbidden,
    InternalError,
    Invalid,
    MalformedJson,
    MediaTypeNotRead,
    MethodNotAllowed,
    NotFound,
    Problem,
    Unauthorised,
    Unavailable,
    escaped,
)
from shared.idempotency import Replayed
from shared.kept import KeptAnswers
from shared.logs import log, set_up_logs
from shared.methods import MethodsMiddleware
from shared.metrics import exposed
from shared.middleware import RequestMiddleware, problem_answer
from shared.outbox_notifier import OutboxNotifier
from shared.schemas import BODY_REF
from shared.settings import ServiceSettings
from shared.state import ServiceState, state_from, state_of

# Opens what a service needs besides its database, and yields its parts.
Lifespan = Callable[[ServiceState], contextlib.AbstractAsyncContextManager[Sequence[object]]]
Failure = TypeVar("Failure", bound=Exception)
BY_STATUS: Mapping[int, type[Problem]] = {
    problem.status: problem
    for problem in (
        BadRequest,
        Unauthorised,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        Invalid,
    )
}


def service_app(
    name: str,
    settings: ServiceSettings,
    *,
    lifespan: Lifespan | None = None,
    parts: Sequence[object] = (),
    authenticate: Callable[[Request], Caller] | None = None,
    raw_prefixes: tuple[str, ...] = (),
    shortcut: Callable[[ASGIApp], ASGIApp] | None = None,
    is_entrance: bool = False,
) -> FastAPI:
    """An app with health, errors, limits, logs and its database; nothing is opened before it runs.

    `parts` and what `lifespan` yields are found with `state_of(request, TheirClass)`. A `shortcut` may answer
    before the framework does. The entrance stands outside all this itself.
    """
    set_up_logs(name, settings.log_level)
    authentication = Authentication(authenticate or TokenVerifier(settings.token_public_keys, name))
    app = FastAPI(
        title=f"Doorway: {name}",
        version="1",
        lifespan=lifespan_of(settings, (settings, authentication, *parts), lifespan),
        openapi_url=None,
        # Its spans would carry queries, which may be personal, and whether any are wanted is asked each time.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        generate_unique_id_function=lambda route: route.name,
    )
    add_health(app)
    add_problems(app)
    app.add_middleware(MethodsMiddleware, router=app.router)
    if shortcut:
        app.add_middleware(shortcut)
    if not is_entrance:
        app.add_middleware(
            RequestMiddleware, service=name, body_bytes_max=settings.body_bytes_max, raw_prefixes=raw_prefixes
        )
    return app


def lifespan_of(
    settings: ServiceSettings, parts: Sequence[object], own: Lifespan | None
) -> Callable[[FastAPI], contextlib.AbstractAsyncContextManager[dict[str, object]]]:
    """The lifespan that opens the database around the service's own, and yields all parts."""

    @contextlib.asynccontextmanager
    async def run(_: FastAPI) -> AsyncIterator[dict[str, object]]:
        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(exposed(settings))
            engine = make_engine(settings)
            stack.push_async_callback(engine.dispose)
            notifier = await stack.enter_async_context(OutboxNotifier(settings.database_url).running())
            state = ServiceState(settings, engine, make_sessions(engine), notifier.notify_soon)
            kept = await stack.enter_async_context(KeptAnswers(settings).running())
            opened = await stack.enter_async_context(own(state)) if own else ()
            yield state_from(state, kept, *parts, *opened)

    return run


def add_health(app: FastAPI) -> None:
    """Add what orchestrators ask for."""

    @app.get("/livez", include_in_schema=False)
    async def livez() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz(request: Request) -> dict[str, str]:
        # The broker does not count: while it is away the outbox keeps what is to be published.
        async with state_of(request, ServiceState).engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
        return {"status": "ok"}


def add_problems(app: FastAPI) -> None:
    """Answer every error as `application/problem+json`, and a repeat as it was answered before."""
    answer_as(app, Problem, lambda problem: problem)
    answer_as(app, RequestValidationError, problem_of_validation)
    answer_as(app, HTTPException, problem_of_framework)
    # The driver's own errors come where it is used itself, or where it cannot even connect.
    answer_as(app, DBAPIError, problem_of_database)
    answer_as(app, asyncpg.PostgresError, problem_of_database)
    for away in (
        OSError,
        OperationalError,
        InterfaceError,
        TimeoutError,
        NoConnectionFree,
        asyncpg.InterfaceError,
    ):
        answer_as(app, away, problem_of_absence)
    app.add_exception_handler(Replayed, replay)
    # What goes wrong outside our own middleware.
    answer_as(app, Exception, lambda _: InternalError())


def answer_as(app: FastAPI, kind: type[Failure], problem_of: Callable[[Failure], Problem]) -> None:
    """Answer errors of one kind with the problem that they are."""

    async def answer(_: Request, error: Exception) -> Response:
        return problem_answer(problem_of(cast(Failure, error)))

    app.add_exception_handler(kind, answer)


async def replay(_: Request, error: Exception) -> Response:
    """Answer as the same request was answered before."""
    earlier = cast(Replayed, error)
    headers = {**earlier.headers, "Idempotent-Replayed": "true"}
    return Response(earlier.body, earlier.status, headers, media_type="application/json")


def problem_of_absence(error: Exception) -> Problem:
    """The problem that a part is away: most of the time, the database."""
    log.warning("unavailable", error=type(error).__name__)
    return Unavailable()


def problem_of_database(error: DBAPIError | asyncpg.PostgresError) -> Problem:
    """The problem that the same request will do later; raises any other error of the database again."""
    if may_do_later(error):
        return problem_of_absence(error)
    raise error


def problem_of_validation(error: RequestValidationError) -> Problem:
    """The problem that names each field; never what was in it."""
    if isinstance(error.body, bytes):  # not JSON by its Content-Type, so nobody read it
        return MediaTypeNotRead()
    found: Sequence[ErrorDetails] = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return MalformedJson(errors=[FieldError(pointer="", detail="is not JSON")])
    errors = [FieldError(pointer=pointer_of(each["loc"]), detail=field_detail(each)) for each in found]
    named = "; ".join(f"{each.pointer or 'the body'}: {each.detail}" for each in errors[:5])
    return Invalid(f"Some fields are not valid: {named}", errors=errors)


def field_detail(error: ErrorDetails) -> str:
    """What is wrong with a field, in words for people."""
    if error["type"] == "model_attributes_type" and error["loc"] == ("body",):
        return "must be a JSON object"
    if error.get("ctx", {}).get("pattern") == BODY_REF:
        return "must be one of our ids, or a code such as ods:QHM or ons:E54000050"
    return error["msg"].removeprefix("Value error, ")


def pointer_of(location: tuple[int | str, ...]) -> str:
    """The JSON pointer of a field of the body; `/query/…`, `/path/…`, `/headers/…` for the others."""
    place, *rest = location
    start = {"body": "", "header": "/headers"}.get(str(place), f"/{place}")
    return start + "".join(f"/{escaped(part)}" for part in rest)


def problem_of_framework(error: HTTPException) -> Problem:
    """The problem for what the framework itself refuses."""
    if isinstance(error.__cause__, UnicodeDecodeError | RecursionError):
        return MalformedJson(
            errors=[FieldError(pointer="", detail="is not JSON in UTF-8, or is nested too deeply")]
        )
    problem = BY_STATUS.get(error.status_code, BadRequest)
    own_words = error.detail if error.detail != HTTPStatus(error.status_code).phrase else None
    return problem(own_words, headers=error.headers)
