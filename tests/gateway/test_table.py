import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.documents import service_documents
from services.gateway.table import ROUTES, RouteTree, ServiceRoute, find_route, is_ambiguous
from shared.manifest import Route, manifests


@pytest.mark.parametrize("each", ROUTES, ids=lambda each: each.route.path)
def test_every_route_is_found_by_its_path(each: ServiceRoute) -> None:
    filled = "/".join("ods:QHM" if part.startswith("{") else part for part in each.route.path.split("/"))
    assert find_route(filled.encode()) is each


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/v1",
        "/v2/feedback",
        "/v1/clients/a/b",
        "/v1/feedback/",
        "/v1/feedback/a/b",
        "/livez",
    ],
)
def test_other_paths_lead_nowhere(path: str) -> None:
    assert find_route(path.encode()) is None


def test_no_path_stands_twice() -> None:
    assert len({each.route.path for each in ROUTES}) == len(ROUTES)


def test_a_name_goes_before_any_value() -> None:
    named, any_value = ServiceRoute("one", Route("/a/batch")), ServiceRoute("two", Route("/a/{id}"))
    tree = RouteTree((any_value, named))
    assert (tree.find(b"/a/batch"), tree.find(b"/a/other")) == (named, any_value)


@given(st.binary(max_size=40))
def test_what_leads_to_a_route_reads_the_same_for_everybody(end: bytes) -> None:
    path = b"/v1/feedback/" + end
    if not is_ambiguous(path) and find_route(path):
        assert path.isascii()
        assert b".." not in path.split(b"/")
        assert not any(byte in path for byte in b" \\?#\r\n\0")


def test_the_manifests_name_the_paths_that_the_services_answer() -> None:
    for service, document in service_documents().items():
        named = {each.route.path for each in ROUTES if each.service == service}
        assert named == document["paths"].keys(), service


def test_every_limit_that_a_route_names_is_declared_once() -> None:
    declared = [limit for service in manifests().values() for limit in service.limits]
    assert len(declared) == len(set(declared))
    assert {each.route.limit for each in ROUTES} - {None} == set(declared)
