"""Boards that shared their leaders in mid-2025."""

from datetime import date

import pytest

from services.registry.imports.clusters import shared
from services.registry.imports.facts import Catalogue, Unusable
from services.registry.imports.footprints import icb
from services.registry.imports.parts import gather
from services.registry.imports.sources import Origin, Row
from tests.registry.extract import DATA


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Return all bodies of the data."""
    return gather(DATA)


def test_what_was_agreed_is_shared_with_the_other_members(catalogue: Catalogue) -> None:
    (held,) = catalogue.bodies[icb("QHL")].appointments
    assert (held.status, held.holder, held.known_on) == ("shared", None, date(2025, 7, 14))
    assert held.shared_with == [icb("QUA")]
    assert held.note == (
        "cluster of Birmingham and Solihull; Black Country; as reported: agreed; "
        "a cluster shares leadership; each ICB stays a separate legal body"
    )


def test_what_was_only_thought_about_is_not_announced(catalogue: Catalogue) -> None:
    (held,) = catalogue.bodies[icb("QJ2")].appointments
    assert (held.status, held.known_on) == ("not_announced", date(2025, 6, 1))
    assert held.shared_with == [icb("QT1"), icb("QJM")]
    assert held.source.startswith("https://")


def test_eighteen_boards_are_in_the_eight_clusters(catalogue: Catalogue) -> None:
    found = [
        held for body in catalogue.bodies.values() for held in body.appointments if held.known_on.year == 2025
    ]
    assert len(found) == 18
    assert sum(held.status == "shared" for held in found) == 8


def test_a_report_without_a_day_is_refused() -> None:
    with pytest.raises(Unusable, match="day of the report is missing"):
        shared(Row({"reported_date": ""}, Origin("icb_clusters_2025.csv", 2)), [])
