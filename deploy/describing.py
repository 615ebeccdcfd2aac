"""The API document of a service: OpenAPI 3.1 as FastAPI makes it, with problems as they are."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.errors import Problem, ProblemBody

PROBLEM = {
    "description": "What is wrong, and what to do about it (RFC 9457).",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemBody"}}},
}
METHODS = {"get", "post", "put", "patch", "delete", "head"}


def described(app: FastAPI) -> dict[str, Any]:
    """Return the API document of a service's app."""
    return with_problems(get_openapi(title=app.title, version=app.version, routes=app.routes))


def with_problems(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with one shape for every error, and the list of codes."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    made = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(made.pop("$defs", {}))
    schemas["ProblemBody"] = made
    for operations in document.get("paths", {}).values():
        for operation in (each for method, each in operations.items() if method in METHODS):
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = PROBLEM
    document["x-problems"] = [
        {"code": code, "status": problem.status, "detail": problem.sentence()}
        for code, problem in sorted(Problem.catalogue.items())
    ]
    return document
