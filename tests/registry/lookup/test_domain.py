"""What is told of a place."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson
import pytest

from services.registry.areas import OutsidePart
from services.registry.ledger.views import View
from services.registry.lookup.answers import AnswerCache
from services.registry.lookup.batches import look_up_many
from services.registry.lookup.domain import area_views, doubt_about, gaps_of, look_up, must_be_found
from services.registry.lookup.placing import (
    BodyNotPlaced,
    CodeUnknown,
    Placed,
    PlaceTooFar,
    PostcodeIsNoPlace,
    PostcodeUnknown,
    Share,
    Spot,
)
from services.registry.lookup.reading import place_query
from services.registry.lookup.schemas import PlaceGiven
from services.registry.settings import Settings
from shared.errors import Invalid, Problem
from tests.fixtures.databases import SessionFor
from tests.registry.a_body import BOARD

A, B = UUID(int=1), UUID(int=2)
DAY = date(2026, 11, 23)
SPOT = Spot((Share("ICB2026", A, 1.0, "icb", DAY, None),))


def row(**more: Any) -> Any:
    """Return a row of a place that nothing is known of."""
    nothing = dict.fromkeys(
        (
            "metres",
            "area",
            "asked_id",
            "asked_is_footprint",
            "asked_opened_on",
            "asked_closed_on",
            "edition",
            "outside",
            "board",
            "is_stand_in",
        )
    )
    return SimpleNamespace(**nothing | {"area_name": None} | more)


@pytest.mark.parametrize(
    ("way", "rows", "problem"),
    [
        ("postcode", [], PostcodeUnknown),
        ("part", [row(area="ZZ99")], PostcodeUnknown),
        ("code", [], CodeUnknown),
        ("code", [row(asked_id=A)], BodyNotPlaced),
        ("position", [], PlaceTooFar),
        ("position", [row(metres=25_001.0, edition="ICB2026")], PlaceTooFar),
    ],
)
def test_what_is_not_known_is_named_by_the_way_it_was_asked_about(
    way: str, rows: list[Any], problem: type[Problem]
) -> None:
    with pytest.raises(problem):
        must_be_found(way, rows)


def test_a_footprint_is_known_without_shares() -> None:
    [spot] = must_be_found("code", [row(asked_id=A, asked_is_footprint=True)])
    assert (spot.body, spot.shares) == (A, ())


def test_a_part_of_a_postcode_has_no_small_area() -> None:
    assert area_views(SPOT.areas(DAY), {}, DAY) == []


def test_gaps_name_healthwatch_and_doubt() -> None:
    unsure = Placed(A, ((A, 0.6), (B, 0.4)), "STP2016")
    assert [gap.what for gap in gaps_of(unsure, [], [], DAY)] == ["healthwatch", "footprint"]
    here = replace(BOARD, kind="healthwatch", said_on=DAY)
    assert gaps_of(Placed(A, ((A, 1.0),), "ICB2026"), [here], [], DAY) == []


def test_a_healthwatch_that_nobody_named_for_two_years_is_only_the_last_known() -> None:
    placed, known_on = Placed(A, ((A, 1.0),), "ICB2026"), date(2024, 11, 1)
    here = replace(BOARD, kind="healthwatch", said_on=known_on)
    assert gaps_of(placed, [here], [], date(2026, 11, 1)) == []
    [gap] = gaps_of(placed, [here], [], date(2026, 11, 3))
    assert (gap.what, gap.last_known, gap.last_known_on) == ("healthwatch", here.name, known_on)
    assert gap.why == "The page that names it is of 1 November 2024: whether it is still so is not known."
    [undated] = gaps_of(placed, [replace(here, said_on=None)], [], known_on)
    assert (undated.last_known, undated.last_known_on, undated.why) == (here.name, None, None)


@pytest.mark.parametrize(
    ("way", "spots", "footprint", "said"),
    [
        ("part", [SPOT], None, "part of a postcode is in more than one footprint"),
        ("code", [SPOT], None, "area is in more than one footprint"),
        ("code", [Spot((), A, True)], None, "went to more than one"),
        ("position", [SPOT, SPOT], A, "about as near"),
        ("postcode", [SPOT], A, "Boundaries moved"),
    ],
)
def test_doubt_says_why_and_what_would_decide(
    way: str, spots: list[Spot], footprint: UUID | None, said: str
) -> None:
    assert said in (doubt_about(way, spots, Placed(footprint, ((A, 0.6), (B, 0.4)), "ICB2026")) or "")
    assert doubt_about(way, spots, Placed(A, ((A, 1.0),), "ICB2026")) is None


async def test_a_part_that_is_in_another_country_as_well_is_in_doubt(
    imported: Settings, session_for: SessionFor
) -> None:
    session, query = await session_for("registry"), place_query(PlaceGiven(postcode="RH8"))
    known = orjson.loads(await look_up(session, query, View(DAY), AnswerCache()))
    assert (known["certain"], known["ask_for"]) == (True, None)
    session.add(OutsidePart(part="RH8", country="Wales", is_certain=False))
    await session.flush()
    found = orjson.loads(await look_up(session, query, View(DAY), AnswerCache()))
    assert (found["certain"], found["ask_for"]) == (False, "postcode")
    assert found["detail"].endswith("is in another country: Wales. Give the full postcode.")
    assert found["footprint"] == known["footprint"]
    (listed,) = (await look_up_many(session, ["RH8"], View(DAY))).results
    assert listed.detail == found["detail"]


async def test_problems_do_not_repeat_the_postcode(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    asked: dict[str, type[Problem]] = {"QQ99 9ZZ": PostcodeUnknown, "ZZ99 3VZ": PostcodeIsNoPlace}
    for postcode, problem in (asked | {"nowhere at all": Invalid}).items():
        with pytest.raises(problem) as refused:
            await look_up(session, place_query(PlaceGiven(postcode=postcode)), View(DAY), AnswerCache())
        assert postcode not in str(refused.value)
        assert all(postcode not in error.detail for error in refused.value.errors)


async def test_an_answer_is_kept_under_no_postcode(imported: Settings, session_for: SessionFor) -> None:
    kept = AnswerCache()
    await look_up(await session_for("registry"), place_query(PlaceGiven(postcode="NE1 4LP")), View(DAY), kept)
    (key,) = kept.answers
    assert "NE1" not in repr(kept.answers)
    assert "NE1" not in repr(key)
    assert isinstance(key, tuple)
    assert key[1] == DAY
