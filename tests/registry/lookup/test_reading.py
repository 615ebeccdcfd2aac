"""One way to name a place: what is none is refused, naming the fields, and is never repeated."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.lookup.reading import FULL, PART, listed_place_query, place_query
from services.registry.lookup.schemas import PlaceGiven
from shared.errors import Invalid


@pytest.mark.parametrize("postcode", ["NE1 4LP", "NE14LP", "W1A 1AA", "EC1A 1BB", "B1 1AA", "SW1A1AA"])
def test_full_postcodes_are_told_by_their_form(postcode: str) -> None:
    assert FULL.fullmatch(postcode)


@pytest.mark.parametrize("text", ["\u00df1 1AA", "\uff2e\uff251 4LP", "N\u01311 4LP"])
def test_letters_of_other_alphabets_are_no_postcode(text: str) -> None:
    with pytest.raises(Invalid):
        place_query(PlaceGiven(postcode=text))


@pytest.mark.parametrize("part", ["NE1", "NE1 4", "EC1A", "EC1A 1", "B1"])
def test_parts_are_told_by_their_form(part: str) -> None:
    assert PART.fullmatch(part)
    assert not FULL.fullmatch(part)


@pytest.mark.parametrize(
    ("place", "way", "method", "values"),
    [
        ({"postcode": " ne1  4lp"}, "postcode", "postcode", {"postcode": "NE14LP"}),
        ({"postcode": "ne1 4"}, "part", "postcode_sector", {"part": "NE1 4"}),
        ({"postcode": "NE1"}, "part", "outward_code", {"part": "NE1"}),
        (
            {"council": "E08000021"},
            "code",
            "council",
            {"scheme": "ons", "code": "E08000021", "kind": "local_authority", "edition": None},
        ),
        (
            {"ccg": "13t"},
            "code",
            "ccg",
            {"scheme": "ods", "code": "13T", "kind": "ccg", "edition": None},
        ),
        (
            {"ccg": "e38000212"},
            "code",
            "ccg",
            {"scheme": "ons", "code": "E38000212", "kind": "ccg", "edition": None},
        ),
        ({"ods": "qhm"}, "code", "ods", {"scheme": "ods", "code": "QHM", "kind": None, "edition": None}),
        (
            {"ons": "E54000024", "edition": "stp2016"},
            "code",
            "ons",
            {"scheme": "ons", "code": "E54000024", "kind": "stp", "edition": "STP2016"},
        ),
        (
            {"ods": "00L", "edition": "CCG2016"},
            "code",
            "ods",
            {"scheme": "ods", "code": "00L", "kind": "ccg", "edition": None},
        ),
        (
            {"latitude": 54.97, "longitude": -1.61},
            "position",
            "nearest_known_position",
            {"latitude": 54.97, "longitude": -1.61},
        ),
    ],
)
def test_each_way_to_name_a_place_is_read(
    place: dict[str, Any], way: str, method: str, values: dict[str, Any]
) -> None:
    found = place_query(PlaceGiven(**place))
    assert (found.way, found.method, found.values) == (way, method, values)
    assert "NE1" not in repr(found)
    assert listed_place_query(place) == found


@pytest.mark.parametrize(
    ("place", "pointers"),
    [
        (
            {},
            ["/postcode", "/council", "/ccg", "/ods", "/ons", "/latitude", "/longitude"],
        ),
        ({"postcode": "NE1 4LP", "ods": "QHM"}, ["/postcode", "/ods"]),
        ({"ons": "E54000050", "latitude": 54.0}, ["/ons", "/latitude"]),
        ({"edition": "STP2016", "postcode": "NE1 4LP"}, ["/edition"]),
        ({"edition": "STP2016", "latitude": 54.0, "longitude": 0.0}, ["/edition"]),
        ({"ods": "QHM", "edition": "PCN2020"}, ["/edition"]),
        ({"latitude": 54.0}, ["/longitude"]),
        ({"longitude": 0.0}, ["/latitude"]),
        ({"postcode": "nowhere"}, ["/postcode"]),
        ({"council": "Newcastle"}, ["/council"]),
        ({"ccg": "E54000050"}, ["/ccg"]),
        ({"ods": "not-a-code"}, ["/ods"]),
        ({"ons": "QHM"}, ["/ons"]),
    ],
)
def test_what_is_no_place_names_the_fields(place: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        place_query(PlaceGiven(**place))
    assert [error.pointer for error in refused.value.errors] == pointers
    with pytest.raises(Invalid) as refused:
        place_query(PlaceGiven(**place), "/query")
    assert [error.pointer for error in refused.value.errors] == [f"/query{each}" for each in pointers]


@pytest.mark.parametrize(
    ("item", "way"),
    [
        ("NE1 4LP", "postcode"),
        ("ods:QHM", "code"),
        ("ONS:e54000050", "code"),
        ("E08000021", "code"),
        ({"ccg": "13T"}, "code"),
        (" NE1", "part"),
    ],
)
def test_items_of_a_list_may_be_written_short(item: Any, way: str) -> None:
    assert listed_place_query(item).way == way


@given(st.one_of(st.text(), st.integers(), st.none(), st.dictionaries(st.text(), st.text(), max_size=2)))
def test_no_item_can_do_more_than_be_refused(item: Any) -> None:
    with contextlib.suppress(Invalid):
        listed_place_query(item)


@given(st.text(min_size=6, max_size=20))
def test_what_is_refused_is_not_repeated(text: str) -> None:
    try:
        place_query(PlaceGiven(postcode=text))
    except Invalid as refused:
        said = [refused.detail, *(error.detail for error in refused.errors)]
        assert all(text not in each for each in said)
    except ValueError:
        assert not text.strip()
