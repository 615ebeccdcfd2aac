"""Routes that declare the problems which they can answer, so that the API document lists every code."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import TypedDict, TypeVar, cast

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.params import Depends
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import BaseRoute

from shared.errors import (
    RAISED_BY,
    BadText,
    BodyTooLarge,
    EncodingNotRead,
    InternalError,
    Invalid,
    MalformedJson,
    MediaTypeNotRead,
    NotFound,
    Problem,
    ScopeMissing,
    TooSlow,
    Unavailable,
)

Endpoint = TypeVar("Endpoint", bound=Callable[..., object])
Problems = Iterable[type[Problem]]
# Every service answers these, whatever the route.
EVERYWHERE = (BadText, InternalError, Unavailable)
# Words of names that are not spelt as other words are.
SPELT = {"csv": "CSV", "vcards": "vCards", "atom": "Atom"}
SCHEMA = {"$ref": "#/components/schemas/ProblemBody"}


class RouteOptions(TypedDict, total=False):
    """What the framework lets a route say of itself."""

    status_code: int
    summary: str
    dependencies: list[Depends]
    response_model: type[object] | None
    response_class: type[Response]
    responses: dict[int | str, dict[str, object]]
    include_in_schema: bool
    openapi_extra: dict[str, object]


class DeclaredRoute(APIRoute):
    """A route that knows every problem it can answer; `Router` fills them in."""

    problems: frozenset[type[Problem]] = frozenset()

    @property
    def codes(self) -> frozenset[str]:
        """The codes of the problems that the route can answer."""
        return frozenset(problem.code for problem in self.problems)


class Router(APIRouter):
    """A router whose routes name their own problems; those of dependencies and of shapes are added here.

    `@router.post("/things", problems=(NotFound, ThingTaken))`: the class name in snake case is the code.
    """

    def __init__(self, prefix: str = "", *, tags: Iterable[str] = (), include_in_schema: bool = True) -> None:
        super().__init__(
            prefix=prefix,
            tags=list(tags),
            include_in_schema=include_in_schema,
            route_class=DeclaredRoute,
        )

    @property
    def declared_routes(self) -> list[DeclaredRoute]:
        """The routes that were registered here."""
        return [route for route in self.routes if isinstance(route, DeclaredRoute)]

    def get(self, path: str, *, problems: Problems = (), **options: object) -> Callable[[Endpoint], Endpoint]:
        """Register a function for reading."""
        return self._declaring("GET", path, problems, options)

    def head(
        self, path: str, *, problems: Problems = (), **options: object
    ) -> Callable[[Endpoint], Endpoint]:
        """Register a function that answers without a body."""
        return self._declaring("HEAD", path, problems, options)

    def post(
        self, path: str, *, problems: Problems = (), **options: object
    ) -> Callable[[Endpoint], Endpoint]:
        """Register a function that makes or changes something."""
        return self._declaring("POST", path, problems, options)

    def patch(
        self, path: str, *, problems: Problems = (), **options: object
    ) -> Callable[[Endpoint], Endpoint]:
        """Register a function that changes some fields."""
        return self._declaring("PATCH", path, problems, options)

    def delete(
        self, path: str, *, problems: Problems = (), **options: object
    ) -> Callable[[Endpoint], Endpoint]:
        """Register a function that deletes something."""
        return self._declaring("DELETE", path, problems, options)

    def _declaring(
        self, method: str, path: str, problems: Problems, options: dict[str, object]
    ) -> Callable[[Endpoint], Endpoint]:
        def register(endpoint: Endpoint) -> Endpoint:
            options.setdefault("summary", sentence_of(str(options.get("name", endpoint.__name__))))
            self.add_api_route(path, endpoint, methods=[method], **cast(RouteOptions, options))
            declare_problems(self.routes[-1], problems)
            return endpoint

        return register


def sentence_of(name: str) -> str:
    """The name of a function as the beginning of a sentence: `list_footprints` is "List footprints"."""
    words = [SPELT.get(word, word) for word in name.split("_")]
    return " ".join([words[0].capitalize(), *words[1:]])


def declare_problems(route: BaseRoute, problems: Problems) -> None:
    """Let a route know its own problems and all that come from its shape and its dependencies."""
    if not isinstance(route, DeclaredRoute):
        raise TypeError("only a route of our own class can declare problems")
    found = {*problems, *EVERYWHERE, *problems_of_shape(route), *problems_of_dependencies(route.dependant)}
    route.problems = frozenset(found)
    route.responses = {**route.responses, **problem_responses(route.problems)}


def problems_of_shape(route: APIRoute) -> Iterator[type[Problem]]:
    """Yield what framework and gateway refuse: paths, fields, and bodies that are too large or no JSON."""
    if route.dependant.path_params:
        yield NotFound  # of a path that can be read in two ways, or fits no route
    if route.body_field:
        yield from (MalformedJson, MediaTypeNotRead)
    if route.body_field or any(has_parameters(each) for each in tree_of(route.dependant)):
        yield Invalid
    if route.methods and not route.methods <= {"GET", "HEAD"}:
        yield from (BodyTooLarge, EncodingNotRead, TooSlow)


def has_parameters(dependant: Dependant) -> bool:
    """Whether a function reads anything of path, query or headers."""
    return bool(dependant.path_params or dependant.query_params or dependant.header_params)


def problems_of_dependencies(dependant: Dependant) -> Iterator[type[Problem]]:
    """Yield what the functions that a route depends on declare with `raises`."""
    for each in tree_of(dependant):
        scopes = [*(each.own_oauth_scopes or ()), *(each.parent_oauth_scopes or ())]
        for problem in RAISED_BY.get(each.call, ()):
            if problem is not ScopeMissing or scopes:
                yield problem


def tree_of(dependant: Dependant) -> Iterator[Dependant]:
    """Yield a function as the framework sees it, and all that it depends on."""
    yield dependant
    for each in dependant.dependencies:
        yield from tree_of(each)


def problem_responses(problems: Problems) -> dict[int | str, dict[str, object]]:
    """Describe problems for the API document: for each status the codes, in the shape of every error."""
    ordered = sorted(problems, key=lambda problem: (problem.status, problem.code))
    grouped = groupby(ordered, key=lambda problem: problem.status)
    return {status: problem_response([problem.code for problem in group]) for status, group in grouped}


def problem_response(codes: list[str]) -> dict[str, object]:
    """Describe one status that carries one of these codes."""
    schema = {"allOf": [SCHEMA, {"properties": {"code": {"enum": codes}}}]}
    return {
        "description": "The code is " + " or ".join(f"`{code}`" for code in codes) + ".",
        "content": {"application/problem+json": {"schema": schema}},
        "x-problem-codes": codes,
    }
