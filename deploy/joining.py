"""The joined API document: what the gateway and the services behind it answer, as one OpenAPI 3.1."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Document = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
INFO = {
    "title": "Doorway",
    "version": "1",
    "summary": "Find the doors of your health and care system, be heard, and be told what came of it.",
    "description": (
        "Reads of the registry and of published feedback need no key. Everything else takes "
        "`Authorization: Bearer dw_<id>_<secret>`. Errors are `application/problem+json` with a stable "
        "`code`; what each means stands at `/docs/errors`."
    ),
    "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
}


def joined(documents: Mapping[str, Document]) -> Document:
    """Return one document of several services' documents; ValueError when two claim the same path."""
    result: Document = {"openapi": "3.1.0", "info": INFO, "servers": [{"url": "/"}], "paths": {}}
    result["components"] = {}
    taken: dict[str, str] = {}
    for service, document in documents.items():
        own = renamed(document, clashes(service, document, result["components"]))
        if twice := result["paths"].keys() & own["paths"].keys():
            raise ValueError(f"{service} claims paths that another service has: {', '.join(sorted(twice))}")
        name_operations(service, own, taken)
        result["paths"] |= own["paths"]
        for kind, found in own.get("components", {}).items():
            result["components"].setdefault(kind, {}).update(found)
    result["paths"] = dict(sorted(result["paths"].items()))
    result["components"] = {kind: dict(sorted(found.items())) for kind, found in result["components"].items()}
    result["tags"] = [{"name": name} for name in sorted(tags(result))]
    result["x-problems"] = problems(documents)
    return result


def clashes(service: str, document: Document, components: Document) -> dict[str, str]:
    """Return new names for the schemas whose name another service gave to something else."""
    there = components.get("schemas", {})
    own = document.get("components", {}).get("schemas", {})
    return {
        name: f"{service.title()}{name}" for name, schema in own.items() if there.get(name, schema) != schema
    }


def renamed(document: Document, names: Mapping[str, str]) -> Document:
    """Return the document with some of its schemas under other names, wherever they are referred to."""
    text = json.dumps(document)
    for old, new in names.items():
        text = text.replace(f'"#/components/schemas/{old}"', f'"#/components/schemas/{new}"')
    found: Document = json.loads(text)
    schemas = found.get("components", {}).get("schemas", {})
    for old, new in names.items():
        schemas[new] = schemas.pop(old)
    return found


def name_operations(service: str, document: Document, taken: dict[str, str]) -> None:
    """Give operations that are called the same in two services the service's name besides."""
    for operation in operations(document):
        name = operation["operationId"]
        if taken.setdefault(name, service) != service:
            operation["operationId"] = f"{service}_{name}"


def operations(document: Document) -> Iterator[Document]:
    """Yield the operations of a document."""
    for path in document["paths"].values():
        yield from (path[method] for method in METHODS if method in path)


def tags(document: Document) -> set[str]:
    """Return the tags that operations have."""
    return {tag for operation in operations(document) for tag in operation.get("tags", [])}


def problems(documents: Mapping[str, Document]) -> list[Document]:
    """Return all codes of errors, each once."""
    found = {each["code"]: each for document in documents.values() for each in document.get("x-problems", [])}
    return [found[code] for code in sorted(found)]
