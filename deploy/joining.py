"""The joined API document: what the gateway and the services behind it answer, as one OpenAPI 3.1."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

Document = dict[str, Any]
SCHEMA = "#/components/schemas/"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
INFO = {
    "title": "Doorway",
    "version": "1",
    "summary": "Find the doors of your health and care system, be heard, and be told what happened.",
    "description": (
        "Reads of the registry and of published feedback need no key. Everything else needs "
        "`Authorization: Bearer dw_<id>_<secret>`. Errors are `application/problem+json` with a stable "
        "`code`; `/docs/errors` explains each code."
    ),
    "contact": {"name": "The operator of this Doorway"},
    "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
}
TAGS = {
    "appointments": "Who holds a role at a body, from when to when.",
    "audit": "What clients did here, and who acted.",
    "board": "You said, we did: what people said and what happened then, as JSON and as feeds.",
    "boundaries": "The areas of footprints, by edition.",
    "changes": "What changed in the registry, as a list and as Atom feeds.",
    "clients": "The clients of organisations, their scopes and their keys.",
    "commitments": "What a body promised, and how the promise changed.",
    "contacts": "How to reach a body, and whether it answered.",
    "directory": "All bodies and their contacts as files for spreadsheets and address books.",
    "disputes": "Facts about which a file and the registry differ.",
    "evidence": "What shows that a promise was kept, and who verified it.",
    "feedback": "What people and groups said.",
    "footprints": "Health and care geographies, as of any day.",
    "history": "What happened to a loop, and the proof that nobody changed it since.",
    "hooks": "Where the systems of sources send what people answered.",
    "lookup": "Which footprint a place is in.",
    "loops": "What a body does about feedback, step by step.",
    "measures": "How many loops there are and how long their steps took.",
    "moderation": "Publishing, withholding, reading, withdrawing and erasing feedback.",
    "organisations": "Bodies with their own staff and duties, as of any day.",
    "registers": "The files of facts that filled the registry.",
    "relations": "Dated links between bodies.",
    "replies": "What people do with the code that they got for their feedback.",
    "routing": "Which body to turn to with a matter, and why.",
    "search": "Published feedback, by its words.",
    "sources": "Systems that send feedback, and how their answers are read.",
    "stakeholders": "Groups that reach people, registered with their consent.",
    "successions": "Mergers to come, and what bodies took over.",
    "suggestions": "Changes that anybody can propose for the registry.",
    "tellings": "How those who said something are told what happened.",
    "themes": "What feedback is about.",
    "verdicts": "Whether those who said something confirm what was done.",
    "webhooks": "Endpoints that are told of events, and what was delivered to them.",
}


def join_documents(documents: Mapping[str, Document]) -> Document:
    """One document made of several services' documents; ValueError when two claim the same path."""
    names = schema_names(documents)
    result: Document = {"openapi": "3.1.0", "info": INFO, "servers": [{"url": "/"}], "paths": {}}
    result["components"] = {}
    owners: dict[str, str] = {}
    for service, document in documents.items():
        own = rename_schemas(document, names[service])
        if twice := result["paths"].keys() & own["paths"].keys():
            raise ValueError(f"{service} claims paths that another service has: {', '.join(sorted(twice))}")
        name_operations(service, own, owners)
        result["paths"] |= own["paths"]
        for kind, components in own.get("components", {}).items():
            result["components"].setdefault(kind, {}).update(components)
    result["paths"] = dict(sorted(result["paths"].items()))
    result["components"] = {kind: dict(sorted(each.items())) for kind, each in result["components"].items()}
    result["tags"] = [{"name": name, "description": TAGS.get(name, "")} for name in sorted(tags(result))]
    result["x-problems"] = problems(documents)
    return result


def schema_names(documents: Mapping[str, Document]) -> dict[str, dict[str, str]]:
    """The new names of each service's schemas: where one name has several shapes, each service's own.

    A shape that refers to a renamed one differs too, so the comparison is made again until nothing changes.
    """
    names: dict[str, dict[str, str]] = {service: {} for service in documents}
    while True:
        shapes: dict[str, set[str]] = defaultdict(set)
        for service, document in documents.items():
            for name, schema in schemas_of(document).items():
                shapes[name].add(json.dumps(with_references(schema, names[service]), sort_keys=True))
        clashing = {name for name, different in shapes.items() if len(different) > 1}
        found = {
            service: {name: f"{service.title()}{name}" for name in schemas_of(document) if name in clashing}
            for service, document in documents.items()
        }
        if found == names:
            return names
        names = found


def schemas_of(document: Document) -> Document:
    """The schemas of a document, by their names."""
    schemas: Document = document.get("components", {}).get("schemas", {})
    return schemas


def rename_schemas(document: Document, names: Mapping[str, str]) -> Document:
    """The document with schemas under new names, wherever they are referred to."""
    renamed: Document = with_references(document, names)
    schemas = schemas_of(renamed)
    if schemas:
        renamed["components"]["schemas"] = {names.get(old, old): schema for old, schema in schemas.items()}
    return renamed


def with_references(node: Any, names: Mapping[str, str]) -> Any:
    """A part of a document in which references to schemas carry the new names."""
    if isinstance(node, dict):
        return {key: with_references(value, names) for key, value in node.items()}
    if isinstance(node, list):
        return [with_references(each, names) for each in node]
    if isinstance(node, str) and node.startswith(SCHEMA):
        old = node.removeprefix(SCHEMA)
        return f"{SCHEMA}{names.get(old, old)}"
    return node


def name_operations(service: str, document: Document, owners: dict[str, str]) -> None:
    """Put the service's name before an operation's when an earlier service has that name."""
    for operation in operations(document):
        name = operation["operationId"]
        if owners.setdefault(name, service) != service:
            operation["operationId"] = f"{service}_{name}"


def operations(document: Document) -> Iterator[Document]:
    """Yield the operations of a document."""
    for path in document["paths"].values():
        yield from (path[method] for method in METHODS if method in path)


def tags(document: Document) -> set[str]:
    """The tags that operations have."""
    return {tag for operation in operations(document) for tag in operation.get("tags", [])}


def problems(documents: Mapping[str, Document]) -> list[Document]:
    """All codes of errors, each once."""
    found = {each["code"]: each for document in documents.values() for each in document.get("x-problems", [])}
    return [found[code] for code in sorted(found)]
