"""Routes that declare the problems which they can answer, so that the API document lists every code."""

import re
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import groupby, islice
from typing import Any, TypedDict, TypeGuard, TypeVar, cast, get_origin

from fastapi import APIRouter, Request
from fastapi.dependencies.models import Dependant
from fastapi.params import Depends
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.responses import Response
from starlette.routing import BaseRoute

from shared.conditional import UNCHANGED, answer_unless_known, tag_answer
from shared.errors import (
    RAISED_BY,
    BadText,
    BodyTooLarge,
    EncodingNotRead,
    FieldError,
    InternalError,
    Invalid,
    KeyRequired,
    MalformedJson,
    MediaTypeNotRead,
    NotFound,
    Problem,
    ScopeMissing,
    TooSlow,
    Unavailable,
)
from shared.kept import KeptAnswers
from shared.state import state_of

Endpoint = TypeVar("Endpoint", bound=Callable[..., object])
Problems = Iterable[type[Problem]]
# Every service answers these, whatever the route.
EVERYWHERE = (BadText, InternalError, Unavailable)
# Words of names that are not spelt as other words are.
SPELT = {"csv": "CSV", "vcards": "vCards", "atom": "Atom"}
# What an answer repeats of an unknown parameter: a word. Anything else may be a postcode out of its place.
PLAIN_NAME, NAME_MAX = re.compile(r"[A-Za-z][A-Za-z_-]*"), 40
NAMED_MAX = 20
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
    # Whether it leaves alone what its query holds besides.
    takes_any_query = False
    # Whether its answers are kept until something changes, and whether it changes nothing itself.
    is_kept = only_reads = False

    @property
    def is_conditional(self) -> bool:
        """Whether it answers that nothing has changed: what everybody may read."""
        return self.methods == {"GET"} and self.include_in_schema and KeyRequired not in self.problems

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request, once its query holds nothing that the route does not know."""
        answer = super().get_route_handler()
        if not self.include_in_schema:
            return answer
        names = query_names(self.dependant)

        async def answer_anew(request: Request) -> Response:
            if request.scope["query_string"] and not self.takes_any_query:
                check_query(request, names)
            found = await answer(request)
            return tag_answer(request, found) if self.is_conditional else found

        async def answer_request(request: Request) -> Response:
            kept = state_of(request, KeptAnswers)
            if self.is_kept:
                return answer_unless_known(request, await kept.answer(request, answer_anew))
            found = await answer_anew(request)
            if not self.only_reads:
                kept.forget_all()  # who made a change sees it at once
            return answer_unless_known(request, found) if self.is_conditional else found

        return answer_request

    @property
    def codes(self) -> frozenset[str]:
        """The codes of the problems that the route can answer."""
        return frozenset(problem.code for problem in self.problems)


class OpenRoute(DeclaredRoute):
    """A route that others' systems call at an address which they may add to."""

    takes_any_query = True


class Router(APIRouter):
    """A router whose routes name their own problems; those of dependencies and of shapes are added here.

    `@router.post("/things", problems=(NotFound, ThingTaken))`: the class name in snake case is the code.
    """

    def __init__(
        self,
        prefix: str = "",
        *,
        tags: Iterable[str] = (),
        include_in_schema: bool = True,
        route_class: type[DeclaredRoute] = DeclaredRoute,
    ) -> None:
        super().__init__(
            prefix=prefix,
            tags=list(tags),
            include_in_schema=include_in_schema,
            route_class=route_class,
        )

    @property
    def declared_routes(self) -> list[DeclaredRoute]:
        """The routes that were registered here."""
        return [route for route in self.routes if isinstance(route, DeclaredRoute)]

    def get(
        self, path: str, *, problems: Problems = (), is_kept: bool = False, **options: object
    ) -> Callable[[Endpoint], Endpoint]:
        """Register a function for reading.

        Answers that are kept depend on nothing but path, query, `Accept`, caller and database.
        """
        return self._declaring("GET", path, problems, options, is_kept=is_kept, only_reads=True)

    def post(
        self, path: str, *, problems: Problems = (), only_reads: bool = False, **options: object
    ) -> Callable[[Endpoint], Endpoint]:
        """Register a function that makes or changes something, or reads what no address may hold."""
        return self._declaring("POST", path, problems, options, only_reads=only_reads)

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
        self,
        method: str,
        path: str,
        problems: Problems,
        options: dict[str, object],
        *,
        is_kept: bool = False,
        only_reads: bool = False,
    ) -> Callable[[Endpoint], Endpoint]:
        def register(endpoint: Endpoint) -> Endpoint:
            options.setdefault("summary", sentence_of(str(options.get("name", endpoint.__name__))))
            self.add_api_route(path, endpoint, methods=[method], **cast(RouteOptions, options))
            route = declare_problems(self.routes[-1], problems)
            route.is_kept, route.only_reads = is_kept, only_reads
            return endpoint

        return register


def sentence_of(name: str) -> str:
    """The name of a function as the beginning of a sentence: `list_footprints` is "List footprints"."""
    words = [SPELT.get(word, word) for word in name.split("_")]
    return " ".join([words[0].capitalize(), *words[1:]])


def declare_problems(route: BaseRoute, problems: Problems) -> DeclaredRoute:
    """The route, which knows from now on its own problems and all of its shape and its dependencies."""
    if not isinstance(route, DeclaredRoute):
        raise TypeError("only a route of our own class can declare problems")
    found = {*problems, *EVERYWHERE, *problems_of_shape(route), *problems_of_dependencies(route.dependant)}
    route.problems = frozenset(found)
    route.responses = {**route.responses, **problem_responses(route.problems)}
    if route.is_conditional:
        route.responses[304] = UNCHANGED
    return route


def query_names(dependant: Dependant) -> dict[str, bool]:
    """The parameters that a route and its dependencies read of a query; whether each may come repeatedly."""
    fields = [field for each in tree_of(dependant) for field in each.query_params]
    named = [(field.alias, field.field_info) for field in fields]
    # A shape of several parameters stands as one field.
    shapes = [info.annotation for _, info in named if is_shape(info.annotation)]
    named += [(inner.alias or name, inner) for shape in shapes for name, inner in shape.model_fields.items()]
    return {
        name: get_origin(info.annotation) in (list, set, tuple)
        for name, info in named
        if not is_shape(info.annotation)
    }


def is_shape(annotation: object) -> TypeGuard[type[BaseModel]]:
    """Whether a type is a shape with fields of its own."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def check_query(request: Request, names: Mapping[str, bool]) -> None:
    """Refuse with Invalid a query with a parameter that is not known here, or twice where one counts."""
    given = Counter(name for name, _ in request.query_params.multi_items())
    unknown = (name for name in given if name not in names)
    errors = [
        FieldError(pointer=pointer_of_unknown(name), detail=unknown_detail(name, names))
        for name in islice(unknown, NAMED_MAX)  # thousands would take seconds to compare
    ]
    errors += [
        FieldError(pointer=f"/query/{name}", detail="Give this parameter once.")
        for name, times in given.items()
        if times > 1 and not names.get(name, True)
    ]
    if errors:
        raise Invalid(errors[0].detail, errors=errors[:NAMED_MAX])


def pointer_of_unknown(name: str) -> str:
    """Where a parameter stands that is not known; what is no plain word is not repeated."""
    is_plain = len(name) <= NAME_MAX and PLAIN_NAME.fullmatch(name)
    return f"/query/{name}" if is_plain else "/query"


def unknown_detail(name: str, names: Iterable[str]) -> str:
    """What is wrong with a parameter that is not known: the nearest one, or all that there are."""
    if close := get_close_matches(name[:NAME_MAX], names, n=1):
        return f"There is no such parameter here. Use `{close[0]}`."
    known = ", ".join(f"`{each}`" for each in names)
    return f"There is no such parameter here. Use {known}." if known else "This address takes no parameters."


def problems_of_shape(route: APIRoute) -> Iterator[type[Problem]]:
    """Yield what framework and gateway refuse: paths, fields, and bodies that are too large or no JSON."""
    if route.dependant.path_params:
        yield NotFound  # of a path that can be read in two ways, or fits no route
    if route.body_field:
        yield from (MalformedJson, MediaTypeNotRead)
    yield Invalid  # of a field, or of a query that it does not know
    if route.methods and not route.methods <= {"GET", "HEAD"}:
        yield from (BodyTooLarge, EncodingNotRead, TooSlow)


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
    """Describe one status that carries one of these codes; its shape leaves room for later ones."""
    return {
        "description": "The code is " + " or ".join(f"`{code}`" for code in codes) + ".",
        "content": {"application/problem+json": {"schema": SCHEMA}},
        "x-problem-codes": codes,
    }
