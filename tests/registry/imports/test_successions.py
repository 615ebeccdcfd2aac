"""What became of each footprint."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from services.registry.imports.facts import Catalogue
from services.registry.imports.footprints import add_successions, icb_key, read_footprints, stp_key
from tests.registry.extract import DATA
from tests.registry.imports.claims import said_of


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Return the footprints of the data and what became of them."""
    made = Catalogue()
    read_footprints(Path(DATA), made)
    return made


def links(catalogue: Catalogue, key: str) -> list[tuple[str, str, date | None, float | None]]:
    """Return what a footprint passed on."""
    found = said_of(catalogue.bodies[key], "relation")
    return [(each.kind, each.to_id, each.valid_from, each.share) for each in found]


def test_every_row_can_be_used(catalogue: Catalogue) -> None:
    assert catalogue.rejected == []


def test_part_of_an_area_may_pass_while_the_body_stays(catalogue: Catalogue) -> None:
    assert links(catalogue, stp_key("QWO")) == [
        ("area_passed_to", stp_key("QOQ"), date(2020, 4, 1), 0.0632),
        ("succeeded_by", icb_key("QWO"), date(2022, 7, 1), 1.0),
    ]


def test_a_body_that_closed_is_succeeded_from_the_next_day(catalogue: Catalogue) -> None:
    assert links(catalogue, stp_key("QT8")) == [("succeeded_by", stp_key("QHM"), date(2018, 6, 8), 1.0)]


def test_the_declared_shares_of_2026_are_taken(catalogue: Catalogue) -> None:
    found = [link for link in links(catalogue, icb_key("QM7")) if link[0] == "succeeded_by"]
    assert {share for _, _, _, share in found} == {0.7867, 0.2133}
    declared = [
        link
        for body in catalogue.bodies.values()
        for link in body.claims
        if link.at.file == "icb_succession_2026.csv"
    ]
    assert len(declared) == 16


def test_a_board_that_stayed_has_no_successor(catalogue: Catalogue) -> None:
    assert links(catalogue, icb_key("QRL")) == []


def test_an_unknown_footprint_is_rejected(catalogue: Catalogue) -> None:
    empty = Catalogue()
    add_successions(Path(DATA), empty)
    assert empty.rejected
    assert not empty.bodies


def test_a_footprint_that_only_the_registry_knows_passes_its_area_on_too(catalogue: Catalogue) -> None:
    known = {key: replace(body, claims=[], is_known=True) for key, body in catalogue.bodies.items()}
    made = Catalogue(known)
    add_successions(Path(DATA), made)
    assert made.rejected == []
    assert links(made, stp_key("QT8")) == links(catalogue, stp_key("QT8"))
