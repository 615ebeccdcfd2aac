"""What the check of a registry finds, where a stack is not needed."""

from uuid import UUID

from services.registry.checks.domain import compare, find_circle, read_control, report_wrong

A, B, C = (UUID(int=number) for number in (1, 2, 3))


def test_a_way_that_leads_back_is_found() -> None:
    assert set(find_circle({A: [B], B: [C], C: [A]})) == {A, B, C}
    assert find_circle({A: [B, C], B: [C]}) == ()


def test_counts_that_differ_are_named() -> None:
    assert compare("groups", 209, 209).difference is None
    assert compare("groups", 209, 218).difference == "groups: 209 is right, the registry says 218"


def test_only_the_first_of_many_are_listed() -> None:
    assert report_wrong("lost", []).difference is None
    assert report_wrong("lost", [f"R{n}" for n in range(12)]).difference == (
        "lost: R0, R1, R2, R3, R4, R5, R6, R7, R8, R9 …"
    )


def test_the_control_table_can_be_read() -> None:
    assert {(row.kind, row.day): row.count for row in read_control()}["ccg", "2021-04-01"] == 106
