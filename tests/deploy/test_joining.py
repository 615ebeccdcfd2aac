"""Joining the services' documents: nothing is lost, nothing is taken for something else."""

from typing import Any

import pytest

from deploy.joining import join_documents


def document(path: str, operation: str, **schemas: Any) -> dict[str, Any]:
    """A small document with one operation."""
    answer = {"$ref": "#/components/schemas/Thing"}
    content = {"application/json": {"schema": answer}}
    return {
        "paths": {
            path: {"get": {"operationId": operation, "tags": [operation], "responses": {"200": content}}}
        },
        "components": {"schemas": schemas},
        "x-problems": [{"code": "not_found", "status": 404, "detail": "No."}],
    }


THING, OTHER = {"type": "object"}, {"type": "string"}


def test_paths_tags_and_codes_of_all_are_in_it() -> None:
    made = join_documents(
        {"a": document("/v1/a", "read_a", Thing=THING), "b": document("/v1/b", "read_b", Thing=THING)}
    )
    assert list(made["paths"]) == ["/v1/a", "/v1/b"]
    assert [tag["name"] for tag in made["tags"]] == ["read_a", "read_b"]
    assert made["x-problems"] == [{"code": "not_found", "status": 404, "detail": "No."}]
    assert made["components"]["schemas"] == {"Thing": THING}


def test_shapes_that_share_a_name_are_each_named_after_their_service() -> None:
    made = join_documents(
        {"a": document("/v1/a", "read_a", Thing=THING), "b": document("/v1/b", "read_b", Thing=OTHER)}
    )
    assert made["components"]["schemas"] == {"AThing": THING, "BThing": OTHER}
    for service in ("a", "b"):
        answer = made["paths"][f"/v1/{service}"]["get"]["responses"]["200"]["application/json"]["schema"]
        assert answer == {"$ref": f"#/components/schemas/{service.upper()}Thing"}


def test_it_makes_no_difference_which_service_comes_first() -> None:
    a, b = document("/v1/a", "read_a", Thing=THING), document("/v1/b", "read_b", Thing=OTHER)
    assert join_documents({"a": a, "b": b})["components"] == join_documents({"b": b, "a": a})["components"]


def test_a_shape_that_refers_to_one_with_two_meanings_is_two_shapes() -> None:
    page = {"items": {"$ref": "#/components/schemas/Thing"}}
    made = join_documents(
        {
            "a": document("/v1/a", "read_a", Thing=THING, Page=page, Same=THING),
            "b": document("/v1/b", "read_b", Thing=OTHER, Page=page, Same=THING),
        }
    )
    assert set(made["components"]["schemas"]) == {"AThing", "BThing", "APage", "BPage", "Same"}
    assert made["components"]["schemas"]["BPage"] == {"items": {"$ref": "#/components/schemas/BThing"}}


def test_an_operation_whose_name_another_has_is_named_after_its_service() -> None:
    made = join_documents({"a": document("/v1/a", "read"), "b": document("/v1/b", "read")})
    assert made["paths"]["/v1/a"]["get"]["operationId"] == "read"
    assert made["paths"]["/v1/b"]["get"]["operationId"] == "b_read"


def test_two_services_with_one_path_are_refused() -> None:
    with pytest.raises(ValueError, match="/v1/a"):
        join_documents({"a": document("/v1/a", "read_a"), "b": document("/v1/a", "read_b")})
