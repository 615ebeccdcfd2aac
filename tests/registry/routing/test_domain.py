"""Which trusts of a place may be meant."""

import pytest

from services.registry.bodies.schemas import BodyNamed, Codes
from services.registry.routing.checking import SHIPPED
from services.registry.routing.domain import choose_trusts
from services.registry.routing.places import Surroundings
from services.registry.routing.reading import read_rules
from shared.ids import new_id

BOOK = read_rules(SHIPPED)
NAMES = {
    "TAJ": "BLACK COUNTRY HEALTHCARE NHS FOUNDATION TRUST",
    "TAD": "BRADFORD DISTRICT CARE NHS FOUNDATION TRUST",
    "TAH": "SHEFFIELD HEALTH PARTNERSHIP UNIVERSITY NHS FOUNDATION TRUST",
    "RNA": "THE DUDLEY GROUP NHS FOUNDATION TRUST",
    "RYA": "WEST MIDLANDS AMBULANCE SERVICE UNIVERSITY NHS FOUNDATION TRUST",
    "K0N6A": "THE ONLINE NHS TRUST",
}


def chosen(topic: str | None, *codes: str, named: str | None = None) -> list[str | None]:
    """Return the codes of the trusts that may be meant, of those around a place."""
    trusts = [
        BodyNamed(id=new_id(), name=NAMES[code], kind="nhs_trust", codes=Codes(ods=code, ons=None))
        for code in codes
    ]
    around = Surroundings({"trust": trusts}, is_legal_body=True, ask_for=None, detail=None, named=named)
    return [each.codes.ods for each in choose_trusts(BOOK, topic, around).bodies["trust"]]


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        (None, ["TAJ", "TAD", "TAH", "RNA", "RYA"]),
        ("hospital", ["TAJ", "TAD", "TAH", "RNA"]),
        ("mental_health", ["TAJ", "TAD", "TAH"]),
        ("ambulance", ["RYA"]),
    ],
)
def test_a_topic_tells_trusts_apart_and_one_of_all_england_is_nobodys_own(
    topic: str | None, expected: list[str]
) -> None:
    assert chosen(topic, *NAMES) == expected


def test_a_trust_that_is_named_stays() -> None:
    assert chosen("mental_health", "K0N6A", named="trust") == ["K0N6A"]


def test_the_only_trust_of_a_board_is_not_meant_for_what_it_does_not_run() -> None:
    assert chosen("mental_health", "RNA") == []
    assert chosen("ambulance", "RNA") == []


def test_where_no_trust_runs_such_services_nobody_is_named() -> None:
    assert chosen("mental_health", "RNA", "RYA") == []
