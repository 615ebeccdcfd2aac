import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.documents import service_documents
from services.gateway.proxy.table import DOORS, Door, door_at, is_ambiguous, tree_of


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.path)
def test_every_door_is_found_by_its_path(door: Door) -> None:
    filled = "/".join("ods:QHM" if part.startswith("{") else part for part in door.path.split("/"))
    assert door_at(filled.encode()) is door


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/v1",
        "/v2/feedback",
        "/v1/clients",
        "/v1/whoami",
        "/v1/feedback/",
        "/v1/feedback/a/b",
        "/livez",
    ],
)
def test_other_paths_lead_nowhere(path: str) -> None:
    assert door_at(path.encode()) is None


def test_no_path_stands_twice() -> None:
    assert len({door.path for door in DOORS}) == len(DOORS)


def test_a_name_goes_before_any_value() -> None:
    named, any_value = Door("/a/batch", "one"), Door("/a/{id}", "two")
    tree = tree_of((any_value, named))
    assert (tree.find(b"/a/batch"), tree.find(b"/a/other")) == (named, any_value)


@given(st.binary(max_size=40))
def test_what_leads_to_a_door_reads_the_same_for_everybody(end: bytes) -> None:
    path = b"/v1/feedback/" + end
    if not is_ambiguous(path) and door_at(path):
        assert path.isascii()
        assert b".." not in path.split(b"/")
        assert not any(byte in path for byte in b" \\?#\r\n\0")


def test_the_table_is_what_the_services_answer() -> None:
    documents = service_documents()
    for service in ("registry", "feedback", "loop"):
        doors = {door.path for door in DOORS if door.service == service}
        assert doors == documents[service]["paths"].keys()
    assert not {door.path for door in DOORS} & documents["gateway"]["paths"].keys()
