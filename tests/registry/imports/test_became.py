"""What became of trusts, and what they were called before."""

from datetime import date

import pytest

from services.registry.imports.facts import BodyFacts, Catalogue, Unusable
from services.registry.imports.files import Origin, Row
from services.registry.imports.sources import gather_claims
from services.registry.imports.successions import read_renaming, read_succession
from tests.registry.extract import DATA
from tests.registry.imports.claims import said_of

AT = Origin("ods_renamings.csv", 2)
BLANK = {"kind": "nhs_trust", "code": "RZZ", "from": "", "until": "", "seen_first": "", "seen_last": ""}
OPENED = date(2001, 4, 1)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Return all bodies of the data."""
    return gather_claims(DATA)


def passed_on(catalogue: Catalogue, code: str) -> list[tuple[str, str, date | None]]:
    """Return what a trust passed to others."""
    found = said_of(catalogue.bodies[f"trust/{code}"], "relation")
    return [(each.kind, each.to_id, each.valid_from) for each in found if each.kind != "member_of"]


def test_a_trust_that_closed_is_succeeded(catalogue: Catalogue) -> None:
    assert passed_on(catalogue, "RW3") == [("succeeded_by", "trust/R0A", date(2017, 10, 1))]
    on = date(2021, 10, 1)
    assert passed_on(catalogue, "RW6") == [
        ("succeeded_by", "trust/R0A", on),
        ("succeeded_by", "trust/RM3", on),
    ]


def test_a_trust_that_stayed_open_passed_services_on(catalogue: Catalogue) -> None:
    assert passed_on(catalogue, "RJD") == [
        ("services_passed_to", "trust/RJE", date(2014, 11, 1)),
        ("services_passed_to", "trust/RL4", date(2014, 11, 1)),
    ]
    assert catalogue.bodies["trust/RJD"].services_ended_on == date(2014, 10, 31)
    assert passed_on(catalogue, "RYK")[0] == ("services_passed_to", "trust/TAJ", date(2024, 8, 1))


def test_every_trust_that_closed_has_an_heir_but_for_one_that_never_worked(catalogue: Catalogue) -> None:
    closed = {key for key, body in catalogue.bodies.items() if key.startswith("trust/") and body.closed_on}
    assert {key for key in closed if not passed_on(catalogue, key.partition("/")[2])} == {"trust/R0C"}


def test_an_unknown_trust_is_refused(catalogue: Catalogue) -> None:
    row = {"predecessor": "RZZ", "successor": "R0A", "effective_on": "2026-04-01", "note": ""}
    row |= {"predecessor_kind": "nhs_trust", "successor_kind": "nhs_trust"}
    with pytest.raises(Unusable, match="RZZ"):
        read_succession(catalogue, Row(row, AT, "test"))


def name_rows(*rows: dict[str, str], register: str = "C") -> BodyFacts:
    """Return a trust after its renamings were read."""
    made = Catalogue()
    body = BodyFacts("trust/RZZ", "nhs_trust", "test", AT, opened_on=OPENED, as_of=date(2026, 4, 9))
    body.change(OPENED, register, ods="RZZ")
    made.add(body)
    for row in rows:
        read_renaming(made, Row(BLANK | row, AT, "test"))
    return body


def names_of(body: BodyFacts) -> list[tuple[str, date | None, date | None, object]]:
    """Return the names of a body with their days."""
    return [(name.value, name.valid_from, name.valid_to, name.rest.get("not_before")) for name in body.names]


def test_a_name_holds_from_the_day_that_a_source_gives() -> None:
    found = name_rows(
        {"name": "A", "until": "2017-03-31"}, {"name": "B"}, {"name": "C", "from": "2020-04-01"}
    )
    assert names_of(found) == [
        ("A", OPENED, date(2017, 3, 31), None),
        ("B", date(2017, 4, 1), date(2020, 3, 31), None),
        ("C", date(2020, 4, 1), None, None),
    ]


def test_a_renaming_without_a_day_lies_between_two_registers() -> None:
    found = name_rows(
        {"name": "A", "seen_last": "2019-04-03"}, {"name": "C", "seen_first": "2020-04-01"}, register="c"
    )
    assert names_of(found) == [
        ("A", OPENED, date(2020, 3, 31), None),
        ("C", date(2020, 4, 1), None, date(2019, 4, 4)),
    ]


def test_a_name_that_only_the_register_has_comes_last() -> None:
    found = name_rows({"name": "A", "until": "2017-03-31"}, {"name": "B", "seen_last": "2025-07-15"})
    assert names_of(found) == [
        ("A", OPENED, date(2017, 3, 31), None),
        ("B", date(2017, 4, 1), date(2026, 4, 8), None),
        ("C", date(2026, 4, 9), None, date(2025, 7, 16)),
    ]


def test_no_name_of_today_is_carried_back(catalogue: Catalogue) -> None:
    found = catalogue.bodies["trust/RA7"].names
    assert [name.value for name in found if (name.valid_from or OPENED) <= date(2018, 1, 1)] == [
        "University Hospitals Bristol NHS Foundation Trust"
    ]
