"""The API document of a service: OpenAPI 3.1 as FastAPI makes it, with problems as they are."""

from collections.abc import Sequence

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute

from deploy.joining import Document
from shared.auth import actor_required
from shared.errors import Problem, ProblemBody
from shared.routing import Problems, problem_response, tree_of
from shared.versions import if_match

PROBLEM = {
    "description": "What is wrong, and what to do about it (RFC 9457).",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemBody"}}},
}
# Where no key is required, a key still decides what is seen and how much may be asked.
KEY_IF_ANY: list[dict[str, list[str]]] = [{}, {"key": []}]
# Without their header these answer a problem of their own, so the framework takes it for optional.
DEMANDED_BY = {actor_required: "Doorway-Actor", if_match: "If-Match"}
METHODS = {"get", "post", "put", "patch", "delete", "head"}


def describe_app(app: FastAPI, before: Problems = ()) -> Document:
    """The API document of a service's app; `before` is what is answered before a request reaches it."""
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    demand_headers(document, app.routes)
    return with_problems(document, before)


def demand_headers(document: Document, routes: Sequence[BaseRoute]) -> None:
    """Say of each header that a route demands of everybody that it is required."""
    for each in iter_route_contexts(routes):
        route = each.original_route
        if not isinstance(route, APIRoute) or not route.include_in_schema or each.path_format is None:
            continue
        calls = {part.call for part in tree_of(route.dependant)}
        demanded = {header for call, header in DEMANDED_BY.items() if call in calls}
        for method in route.methods or ():
            for parameter in document["paths"][each.path_format][method.lower()].get("parameters", []):
                if parameter["name"] in demanded:
                    parameter |= {"required": True, "schema": {"type": "string"}}


def with_problems(document: Document, before: Problems = ()) -> Document:
    """The document with one shape for every error, and the list of codes."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    made = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(made.pop("$defs", {}))
    schemas["ProblemBody"] = made
    answers = components.setdefault("responses", {})
    for operations in document.get("paths", {}).values():
        for operation in (each for method, each in operations.items() if method in METHODS):
            add_problems(operation["responses"], before)
            refer_to_shared(operation["responses"], answers)
            operation["responses"]["default"] = PROBLEM
            operation.setdefault("security", KEY_IF_ANY)
    document["x-problems"] = [
        {"code": code, "status": problem.status, "detail": problem.sentence()}
        for code, problem in sorted(Problem.catalogue.items())
    ]
    return document


def add_problems(responses: Document, problems: Problems) -> None:
    """Add problems to the answers of an operation, each to the codes of its status."""
    for problem in problems:
        listed = responses.get(str(problem.status), {}).get("x-problem-codes", [])
        responses[str(problem.status)] = problem_response(sorted({*listed, problem.code}))


def refer_to_shared(responses: Document, shared: Document) -> None:
    """Put each answer that lists codes among the shared ones, where it stands once, and refer to it."""
    for status, response in responses.items():
        if codes := response.get("x-problem-codes"):
            name = ".".join(codes)
            shared[name] = response
            responses[status] = {"$ref": f"#/components/responses/{name}"}
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
