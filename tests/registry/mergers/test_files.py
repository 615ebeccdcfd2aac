"""Mergers as files, in the columns in which those of 2026 are shipped."""

from collections import defaultdict
from datetime import date

import pytest

from services.registry.mergers.files import read_merger_file
from shared.errors import Invalid
from tests.registry.extract import DATA

HEADER = (
    "predecessor_ods,predecessor_name,successor_ods,successor_ons,successor_name,succession_date,"
    "succession_type,share_of_predecessor_residents_2021,residents_2021,source"
)
WHY = {"reason": "why it is so", "source": "where it is said"}


def file_of(*lines: str, header: str = HEADER) -> bytes:
    """Return a file of these lines."""
    return "\n".join([header, *lines]).encode()


def test_the_file_that_ships_can_be_read() -> None:
    found = read_merger_file((DATA / "icb_succession_2026.csv").read_bytes(), **WHY)
    assert (found.effective_on, len(found.links), len(found.successors)) == (date(2026, 4, 1), 16, 7)
    shares: dict[str, float] = defaultdict(float)
    for each in found.links:
        shares[each.predecessor] += each.share
    assert all(total == pytest.approx(1) for total in shares.values())
    assert {each.kind for each in found.links} == {"succeeded_by"}
    assert (found.pointer("/links/0"), found.pointer("/successors/1", "ods")) == ("/lines/2", "/lines/5")


def test_a_file_may_say_that_part_of_an_area_passes() -> None:
    found = read_merger_file(file_of("QHL,,QUA,,NHS Black Country,2029-04-01,area_passed_to,0.1,,"), **WHY)
    assert found.links[0].kind == "area_passed_to"


def test_the_day_may_be_given_beside_it() -> None:
    line = "QHL,,N9N1A,,NHS X,,merger,1,,"
    assert read_merger_file(file_of(line), effective_on="2029-04-01", **WHY).effective_on == date(2029, 4, 1)


@pytest.mark.parametrize(
    ("lines", "pointers"),
    [
        (["QHL,,N9N1A,,NHS X,2029-04-01,merger,much,,"], ["/lines/2/share_of_predecessor_residents_2021"]),
        (["QHL,,N9N1A,,NHS X,2029-04-01,merger,1.1,,"], ["/lines/2/share_of_predecessor_residents_2021"]),
        (["QHL,,N9N1A,,,2029-04-01,merger,1,,"], ["/lines/2/successor_name"]),
        (["Q HL,,N9N1A,,NHS X,2029-04-01,merger,1,,"], ["/lines/2/predecessor_ods"]),
        (["QHL,,N9N1A,?,NHS X,2029-04-01,merger,1,,"], ["/lines/2/successor_ons"]),
        (["QHL,,N9N1A,,NHS X,2029-04-01,elopement,1,,"], ["/lines/2/succession_type"]),
        (["QHL,,N9N1A,,NHS X,some day,merger,1,,"], ["/query/effective_on"]),
        (["QHL,,N9N1A,,NHS X,,merger,1,,"], ["/query/effective_on"]),
        (
            ["QHL,,N9N1A,,NHS X,2029-04-01,merger,1,,", "QUA,,N9N1A,,NHS X,2029-07-01,merger,0,,"],
            [
                "/lines/3/share_of_predecessor_residents_2021",
                "/lines/2/succession_date",
                "/lines/3/succession_date",
                "/query/effective_on",
            ],
        ),
        ([], ["/query/effective_on", "/query/links"]),
    ],
)
def test_each_mistake_is_named_by_line_and_column(lines: list[str], pointers: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        read_merger_file(file_of(*lines), **WHY)
    assert [each.pointer for each in refused.value.errors] == pointers


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"\xff\xfe", 1),
        (b"a,b\n1,2\n", 1),
        (file_of('"open'), 2),
        (file_of(*["QHL,,N9N1A,,NHS X,,merger,1,,"] * 501), 1),
    ],
    ids=["empty", "not text", "other columns", "open quote", "too long"],
)
def test_what_is_no_such_file_is_refused(content: bytes, line: int) -> None:
    with pytest.raises(Invalid) as refused:
        read_merger_file(content, effective_on="2029-04-01", **WHY)
    assert refused.value.errors[0].pointer == f"/lines/{line}"
