"""The locations of boards: when each is there, and in which board."""

from datetime import date

import pytest

from services.registry.imports.facts import Catalogue
from services.registry.imports.footprints import icb_key
from services.registry.imports.locations import location_key
from services.registry.imports.sources import gather_claims
from tests.registry.extract import DATA
from tests.registry.imports.claims import said_of


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Return all bodies of the data."""
    return gather_claims(DATA)


def test_a_split_location_ended_with_the_split(catalogue: Catalogue) -> None:
    key = location_key("D4U1Y")
    assert catalogue.bodies[key].closed_on == date(2026, 3, 31)
    encloses = {b.key for b in catalogue.bodies.values() if key in {r.to_id for r in said_of(b, "relation")}}
    assert icb_key("QNQ") in encloses
    assert not encloses & {icb_key("QRL"), icb_key("S0E4D", "2026-04-01"), icb_key("S9B9J", "2026-04-01")}


def test_a_location_that_opened_with_the_boards_of_2026_is_in_one_of_them(catalogue: Catalogue) -> None:
    [new] = [
        body
        for body in catalogue.bodies.values()
        if body.kind == "sub_icb_location" and body.at.file == "sub_icb_locations_2026.csv"
    ]
    assert (new.opened_on, new.closed_on) == (date(2026, 4, 1), None)
    boards = [b for b in catalogue.bodies.values() if new.key in {r.to_id for r in said_of(b, "relation")}]
    assert "NHS Thames Valley" in boards[0].names[0].value
