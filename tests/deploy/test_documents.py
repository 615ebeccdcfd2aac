"""The generated documents are valid against the official schemas of their formats."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft7Validator, Draft202012Validator, meta

from deploy.documents import ASYNCAPI, OPENAPI, Generated, service_documents
from deploy.joining import join_documents, operations
from deploy.keys import SERVICES

SCHEMAS = Path(__file__).parents[1] / "fixtures" / "schemas"


def official(name: str) -> dict[str, Any]:
    """The official JSON schema of a document's format."""
    found: dict[str, Any] = json.loads((SCHEMAS / name).read_text())
    return found


def committed(document: Generated) -> dict[str, Any]:
    """A document as it is committed."""
    found: dict[str, Any] = json.loads(document.path.read_text())
    return found


def test_the_api_document_is_valid_openapi() -> None:
    Draft202012Validator(official("openapi-3.1.json")).validate(committed(OPENAPI))


def test_every_shape_in_the_api_document_is_valid_json_schema() -> None:
    for schema in committed(OPENAPI)["components"]["schemas"].values():
        meta.validate(schema)


def test_the_event_document_is_valid_asyncapi() -> None:
    Draft7Validator(official("asyncapi-3.0.json")).validate(committed(ASYNCAPI))


def test_the_schemas_refuse_what_is_not_valid() -> None:
    assert not Draft202012Validator(official("openapi-3.1.json")).is_valid({"openapi": "3.1.0"})
    assert not Draft7Validator(official("asyncapi-3.0.json")).is_valid({"asyncapi": "3.0.0"})


def test_every_reference_leads_somewhere() -> None:
    for document in (committed(OPENAPI), committed(ASYNCAPI)):
        for reference in references(document):
            found: Any = document
            for step in reference.removeprefix("#/").split("/"):
                found = found[step]


def references(part: Any) -> list[str]:
    """Every `$ref` of a document."""
    if isinstance(part, list):
        return [found for each in part for found in references(each)]
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [found for each in part.values() for found in references(each)]
    return []


def test_no_operation_of_a_service_is_lost_in_the_joined_document() -> None:
    documents = service_documents()
    assert set(documents) == set(SERVICES)
    separate = sum(len(list(operations(document))) for document in documents.values())
    assert separate == len(list(operations(join_documents(documents))))


def test_a_document_that_is_not_what_the_code_makes_is_not_current(tmp_path: Path) -> None:
    document = Generated(tmp_path / "page.md", lambda: "made")
    assert not document.is_current()
    document.path.write_text("something else")
    assert not document.is_current()
    document.write()
    assert document.is_current()


@pytest.mark.parametrize("word", ["localhost", "127.0.0.1", "postgresql://"])
def test_no_document_tells_where_it_was_made(word: str) -> None:
    assert word not in OPENAPI.path.read_text() + ASYNCAPI.path.read_text()
