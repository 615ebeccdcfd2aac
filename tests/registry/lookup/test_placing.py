"""Working out in which footprints a place is on a day."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.lineage.queries import Link
from services.registry.lookup.placing import (
    BodyNotPlaced,
    CodeUnknown,
    NoFootprintThen,
    Placed,
    PlaceTooFar,
    PostcodeUnknown,
    Share,
    Spot,
    group_edition,
    nearest_of,
    place_on,
    spots_of,
)
from shared.errors import Problem

A, B, C, D = (UUID(int=each) for each in (1, 2, 3, 4))
STP, ICB, NEW = date(2016, 3, 15), date(2023, 4, 1), date(2026, 4, 1)
DAY = timedelta(days=1)


def link(before: UUID, after: UUID, on: date, share: float) -> Link:
    """Return what passed between two footprints."""
    return Link(before, after, on, share, "a test", "succeeded_by")


def split(edition: str, since: date, until: date | None, shares: dict[UUID, float]) -> list[Share]:
    """Return the shares of a place in an edition."""
    return [Share(edition, body, share, "icb", since, until) for body, share in shares.items()]


def test_the_latest_edition_by_the_day_decides() -> None:
    spot = Spot(
        (
            *split("ICB2026", NEW, None, {B: 1.0}),
            *split("ICB2023", ICB, NEW - DAY, {A: 1.0}),
            Share("LAD2024", C, 1.0, "local_authority", None, None),
        )
    )
    assert place_on(spot, NEW, []) == Placed(B, ((B, 1.0),), "ICB2026")
    assert place_on(spot, NEW - DAY, []) == Placed(A, ((A, 1.0),), "ICB2023")
    assert spot.ended_bodies(NEW) == set()
    with pytest.raises(NoFootprintThen):
        place_on(spot, ICB - DAY, [])


@pytest.mark.parametrize(
    ("day", "edition"),
    [
        (date(2016, 3, 15), "CCG2016"),
        (date(2017, 3, 31), "CCG2016"),
        (date(2017, 4, 1), "CCG2017"),
        (date(2022, 6, 30), "CCG2021"),
        (NEW, "CCG2021"),
    ],
)
def test_groups_have_an_edition_on_every_day(day: date, edition: str) -> None:
    assert group_edition(day) == edition


@pytest.mark.parametrize(
    ("day", "groups"),
    [
        (date(2016, 4, 1), {A: 1.0}),
        (date(2019, 4, 1), {A: 1.0}),
        (date(2020, 4, 1), {B: 0.4, C: 0.6}),
        (NEW, {B: 0.4, C: 0.6}),
    ],
)
def test_a_place_is_in_the_group_of_the_last_edition_that_changed_something(
    day: date, groups: dict[UUID, float]
) -> None:
    council = Share("LAD2024", D, 1.0, "local_authority", None, None)
    shares = [Share("CCG2020", each, share, "ccg", None, None) for each, share in ((B, 0.4), (C, 0.6))]
    spot = Spot((council, *shares, Share("CCG2016", A, 1.0, "ccg", None, None)))
    first, *found = spot.areas(day)
    assert first == council
    assert {each.body_id: each.share for each in found} == groups
    assert {each.edition for each in found} == {group_edition(day)}


def test_what_lies_in_several_is_in_none_for_sure() -> None:
    spot = Spot(tuple(split("ICB2026", NEW, None, {A: 0.4, B: 0.6})))
    found = place_on(spot, NEW, [])
    assert found == Placed(None, ((B, 0.6), (A, 0.4)), "ICB2026")
    assert not found.is_certain


def test_a_footprint_is_itself_as_long_as_it_is_open() -> None:
    spot = Spot(tuple(split("STP2016", STP, STP + DAY, {B: 1.0})), A, True, STP, ICB)
    assert place_on(spot, ICB, []) == Placed(A, ((A, 1.0),))
    assert spot.ended_bodies(ICB) == set()
    assert spot.ended_bodies(ICB + DAY) == {B}


def test_between_two_editions_it_is_on_the_way() -> None:
    """A became B or C, and the place is in D later, to which only C led."""
    links = [link(A, B, STP + 9 * DAY, 0.7), link(A, C, STP + 9 * DAY, 0.3), link(C, D, ICB, 1.0)]
    spot = Spot((*split("STP2016", STP, STP, {A: 1.0}), *split("ICB2023", ICB, None, {D: 1.0})))
    assert place_on(spot, STP + 10 * DAY, links) == Placed(C, ((C, 1.0),), "STP2016")
    assert spot.ended_bodies(STP + 10 * DAY) == {A}


def test_where_several_are_on_the_way_the_likeliest_is_told() -> None:
    links = [link(A, B, STP + 9 * DAY, 0.7), link(A, C, STP + 9 * DAY, 0.3)]
    spot = Spot(tuple(split("STP2016", STP, STP, {A: 1.0})))
    assert place_on(spot, ICB, links) == Placed(B, ((B, 0.7), (C, 0.3)), "STP2016")


def test_where_all_came_to_the_next_edition_its_shares_count() -> None:
    links = [link(A, B, STP + 9 * DAY, 0.7), link(A, C, STP + 9 * DAY, 0.3)]
    spot = Spot((*split("STP2016", STP, STP, {A: 1.0}), *split("ICB2023", ICB, None, {B: 0.75, C: 0.25})))
    found = place_on(spot, STP + 10 * DAY, links)
    assert found == Placed(None, ((B, 0.75), (C, 0.25)), "ICB2023")


def test_a_footprint_that_no_edition_shows_leads_to_what_followed() -> None:
    spot = Spot((), A, True, ICB, NEW - DAY)
    assert place_on(spot, NEW, [link(A, B, NEW, 1.0)]) == Placed(B, ((B, 1.0),))


def row(metres: float | None, area: str | None, body: UUID, **more: Any) -> Any:
    """Return a row of the shares of a place."""
    return SimpleNamespace(
        metres=metres,
        area=area,
        asked_id=None,
        asked_is_footprint=None,
        asked_opened_on=None,
        asked_closed_on=None,
        outside=None,
        board=None,
        is_stand_in=None,
        edition="ICB2026",
        body_id=body,
        share=1.0,
        kind="icb",
        valid_from=NEW,
        valid_to=None,
        area_name=None,
        deprivation_decile=None,
        **more,
    )


def test_positions_about_as_near_count_and_others_do_not() -> None:
    rows = [row(1_000, "E01", A), row(1_100, "E02", A), row(2_000, "E03", B), row(9_000, "E04", C)]
    assert [spot.shares[0].body_id for spot in spots_of(rows)] == [A, B]


def test_the_nearest_comes_first_and_others_are_named() -> None:
    near, far = Placed(A, ((A, 1.0),), "ICB2026"), Placed(B, ((B, 1.0),), "ICB2026")
    assert nearest_of([near, near]) == near
    assert nearest_of([near, far]) == Placed(A, ((A, None), (B, None)), "ICB2026")


parts = st.lists(st.integers(1, 1_000), min_size=1, max_size=4)


def shares_of(weights: list[int]) -> dict[UUID, float]:
    """Return shares that sum to one."""
    return {UUID(int=each): weight / sum(weights) for each, weight in enumerate(weights, 1)}


@given(parts, parts, st.integers(0, 4_000), st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4))))
def test_the_shares_of_the_candidates_sum_to_one_on_any_day(
    before: list[int], after: list[int], days: int, moves: list[tuple[int, int]]
) -> None:
    spot = Spot(
        (
            *split("STP2016", STP, STP + 99 * DAY, shares_of(before)),
            *split("ICB2023", ICB, None, shares_of(after)),
        )
    )
    links = [link(UUID(int=a), UUID(int=b), STP + 100 * DAY, 0.5) for a, b in moves if a != b]
    found = place_on(spot, STP + days * DAY, links)
    shares = [share or 0.0 for _, share in found.candidates]
    assert abs(sum(shares) - 1) < 0.001
    assert shares == sorted(shares, reverse=True)
    assert (found.footprint is None) <= (len(shares) > 1)


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (PostcodeUnknown, "postcode_unknown"),
        (CodeUnknown, "code_unknown"),
        (BodyNotPlaced, "body_not_placed"),
        (PlaceTooFar, "place_too_far"),
        (NoFootprintThen, "no_footprint_then"),
    ],
)
def test_codes_and_statuses_are_stable(problem: type[Problem], code: str) -> None:
    assert (problem.status, problem.code) == (404, code)
    assert problem().detail == problem.sentence()


def test_a_body_has_its_board_wherever_its_premises_are() -> None:
    shares = tuple(split("ICB2026", NEW, None, {B: 1.0}))
    assert place_on(Spot(shares, C, board=A), NEW, []) == Placed(A, ((A, 1.0),), premises=B)
    assert place_on(Spot(shares, C, board=B), NEW, []) == Placed(B, ((B, 1.0),))
    assert place_on(Spot(shares, C, board=A, is_stand_in=True), NEW, []).premises is None
    assert place_on(Spot((), C, board=A), NEW, []) == Placed(A, ((A, 1.0),))


@pytest.mark.parametrize(("metres", "is_far"), [(None, False), (6_000, False), (6_001, True)])
def test_what_is_far_from_all_known_positions_may_be_elsewhere(metres: float | None, is_far: bool) -> None:
    assert spots_of([row(metres, "E01", A)])[0].is_far is is_far
