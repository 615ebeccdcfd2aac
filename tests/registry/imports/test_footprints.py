"""Which footprints are one body, and which are two."""

from datetime import date
from pathlib import Path

import pytest

from services.registry.imports.facts import Catalogue
from services.registry.imports.footprints import STARTS, icb_key, read_footprints, stp_key
from tests.registry.extract import DATA


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Return the footprints of the data."""
    made = Catalogue()
    read_footprints(Path(DATA), made)
    return made


def test_there_are_as_many_bodies_as_opened(catalogue: Catalogue) -> None:
    kinds = [body.kind for body in catalogue.bodies.values()]
    assert (kinds.count("stp"), kinds.count("icb")) == (45, 48)


def test_an_edition_is_named_by_the_year_of_its_first_day() -> None:
    assert [edition[-4:] for edition in STARTS] == [str(day.year) for day in STARTS.values()]


def test_a_new_code_makes_no_new_body(catalogue: Catalogue) -> None:
    body = catalogue.bodies[stp_key("QE1")]
    assert [(code.value, code.valid_from) for code in body.ons] == [
        ("E54000004", date(2016, 3, 15)),
        ("E54000048", date(2017, 4, 1)),
    ]


def test_the_board_of_hampshire_got_another_boundary_in_2026(catalogue: Catalogue) -> None:
    body = catalogue.bodies[icb_key("QRL")]
    assert [edition.value for edition in body.boundaries] == ["ICB2022", "ICB2023", "ICB2026"]
    assert [code.value for code in body.ons] == ["E54000042", "E54000067"]
    assert [code.value for code in body.ods] == ["QRL"]
    assert body.closed_on is None


def test_the_partnerships_that_merged_in_2018_closed(catalogue: Catalogue) -> None:
    for ods in ("QVP", "QT8", "QMK"):
        body = catalogue.bodies[stp_key(ods)]
        assert body.closed_on == date(2018, 6, 7)
        assert {history[-1].valid_to for history in (body.names, body.ons, body.boundaries)} == {
            body.closed_on
        }
    assert catalogue.bodies[stp_key("QHM")].opened_on == date(2018, 6, 8)


def test_no_body_has_two_names_boundaries_or_codes_of_a_kind_on_one_day(catalogue: Catalogue) -> None:
    for body in catalogue.bodies.values():
        for history in (body.names, body.ods, body.ons, body.boundaries):
            ends = [each.valid_to for each in history[:-1]]
            starts = [each.valid_from for each in history[1:]]
            gaps = [(start - end).days for start, end in zip(starts, ends, strict=True) if start and end]
            assert gaps == [1] * len(ends), body.key


def test_an_edition_and_a_code_name_one_footprint(catalogue: Catalogue) -> None:
    keys = catalogue.footprints
    assert keys[("STP2016", "E54000001")] == keys[("STP2017", "E54000046")] == stp_key("QVP")
    assert keys[("STP2020", "E54000050")] == stp_key("QHM")
    assert keys[("ICB2022", "E54000050")] == keys[("ICB2026", "QHM")] == icb_key("QHM")


def test_residents_are_those_of_the_edition(catalogue: Catalogue) -> None:
    editions = {each.value: each.rest["residents"] for each in catalogue.bodies[stp_key("QMK")].boundaries}
    assert editions == {"STP2016": 1_364_168, "STP2017": 1_107_563}
