"""Problems: one base, one JSON shape (RFC 9457); the class name in snake case is the public code."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Self, TypeVar

from pydantic import BaseModel

Raising = TypeVar("Raising", bound=Callable[..., object])


class FieldError(BaseModel):
    """What is wrong with one field, by JSON pointer (RFC 6901)."""

    pointer: str
    detail: str


class ProblemBody(BaseModel):
    """The body of every error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[FieldError] = []
    request_id: str


class Problem(Exception):
    """Something went wrong with a request: the docstring says what, and what to do about it."""

    status: ClassVar[int] = 400
    catalogue: ClassVar[dict[str, type["Problem"]]] = {}
    code: ClassVar[str] = "problem"
    # Headers of every answer with this problem.
    always: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()
        Problem.catalogue[cls.code] = cls

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.detail = detail or self.sentence()
        self.errors = list(errors)
        self.headers = {**self.always, **(headers or {})}
        super().__init__(self.detail)

    @classmethod
    def at(cls, pointer: str, detail: str | None = None) -> Self:
        """The problem of one field, with what to do about it."""
        return cls(detail, errors=[FieldError(pointer=pointer, detail=detail or cls.sentence())])

    @classmethod
    def sentence(cls) -> str:
        """The first paragraph of the class's docstring, on one line."""
        return " ".join((cls.__doc__ or "").strip().split("\n\n")[0].split())

    def body(self, instance: str, request_id: str) -> dict[str, object]:
        """The problem document for one request, as `ProblemBody` describes it."""
        return {
            "type": f"/docs/errors#{self.code}",
            "title": self.code.replace("_", " ").capitalize(),
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "code": self.code,
            "errors": [error.model_dump() for error in self.errors],
            "request_id": request_id,
        }


# What the functions that routes depend on can raise: a route that uses one can answer all of it.
RAISED_BY: dict[Callable[..., object] | None, tuple[type[Problem], ...]] = {}


def raises(*problems: type[Problem]) -> Callable[[Raising], Raising]:
    """Declare what a dependency can raise, for the API document of each route that uses it."""

    def declare(dependency: Raising) -> Raising:
        RAISED_BY[dependency] = problems
        return dependency

    return declare


class BadRequest(Problem):
    """The request cannot be read. Check it against the API document."""


class MalformedJson(BadRequest):
    """The body is not valid JSON. Send JSON in UTF-8 (RFC 8259)."""


class Unauthorised(Problem):
    """Your credentials are missing or not valid. Send `Authorization: Bearer <key>`."""

    status = 401


class KeyRequired(Unauthorised):
    """This needs a key. Send `Authorization: Bearer dw_<id>_<secret>`."""


class Forbidden(Problem):
    """You do not have permission to do this."""

    status = 403


class ScopeMissing(Forbidden):
    """Your key lacks a scope that this needs. Ask whoever manages your organisation's clients."""


class NotFound(Problem):
    """There is nothing here that you may see. Check the id."""

    status = 404


class MethodNotAllowed(Problem):
    """This address does not accept that method. See the API document."""

    status = 405


class TooSlow(Problem):
    """The request did not arrive in time. Send it again over a faster connection, or send less at a time."""

    status = 408


class Conflict(Problem):
    """This conflicts with what is already there. Read it again, then correct your request."""

    status = 409


class NotHereYet(Conflict):
    """What you named is not known here yet. It may be on its way: try again in a second."""

    always: ClassVar = {"Retry-After": "1"}


class VersionStale(Problem):
    """Somebody changed this after you read it. Read it again and send its new ETag in `If-Match`."""

    status = 412


class BodyTooLarge(Problem):
    """The body is too large. Send less at a time."""

    status = 413


class MediaTypeNotRead(Problem):
    """This address does not read that `Content-Type`. Send JSON as `application/json`, not the same again."""

    status = 415


class EncodingNotRead(MediaTypeNotRead):
    """A body with a `Content-Encoding` is not read. Send it uncompressed, not the same again."""


class Invalid(Problem):
    """Some fields are not valid. `errors` names each of them."""

    status = 422


class CodeUnknown(Invalid):
    """No body has this code. Check it. A code that was registered a moment ago takes some seconds."""


class IdUnknown(Invalid):
    """Nothing that you may name has this id. Check it: to send the same again does not help."""


class BadText(Invalid):
    """Text must not contain U+0000 or half of a surrogate pair."""


class VersionRequired(Problem):
    """A change must name the version that you read. Send its ETag in `If-Match`."""

    status = 428


class TooMany(Problem):
    """You sent too many requests. Wait for the number of seconds in `Retry-After`."""

    status = 429


class HeaderTooLarge(Problem):
    """The address and headers are larger than 32 KiB together. Send fewer or shorter ones."""

    status = 431


class InternalError(Problem):
    """Something went wrong on our side. Try again with the same Idempotency-Key, or report the request id."""

    status = 500


class Unavailable(Problem):
    """Part of the service is unavailable. Try again shortly with the same Idempotency-Key."""

    status = 503
    always: ClassVar = {"Retry-After": "1"}


def escaped(part: object) -> str:
    """One part of a JSON pointer."""
    return str(part).replace("~", "~0").replace("/", "~1")


def invalid(pointer: str, detail: str) -> Invalid:
    """The problem that one field is not valid, with what to do about it."""
    return Invalid.at(pointer, detail)
