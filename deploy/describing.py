"""The API document of a service: OpenAPI 3.1 as FastAPI makes it, with problems as they are."""

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from deploy.joining import Document
from shared.errors import Problem, ProblemBody
from shared.routing import Problems, problem_response

PROBLEM = {
    "description": "What is wrong, and what to do about it (RFC 9457).",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemBody"}}},
}
# Where no key is required, a key still decides what is seen and how much may be asked.
KEY_IF_ANY: list[dict[str, list[str]]] = [{}, {"key": []}]
METHODS = {"get", "post", "put", "patch", "delete", "head"}


def describe_app(app: FastAPI, before: Problems = ()) -> Document:
    """The API document of a service's app; `before` is what is answered before a request reaches it."""
    return with_problems(get_openapi(title=app.title, version=app.version, routes=app.routes), before)


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
