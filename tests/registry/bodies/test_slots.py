"""What the facts of a slot look like."""

from datetime import date

import pytest

from services.registry.bodies.facts import SLOTS
from services.registry.models import Body, BodyCode, BodyName
from shared.errors import Invalid
from shared.ids import new_id


@pytest.mark.parametrize(
    ("slot", "value", "good"),
    [
        ("ods", "RX6", True),
        ("ods", "R-6", False),
        ("ods", "R", False),
        ("ons", "E54000050", True),
        ("ons", "E5400005", False),
        ("name", "Anything", True),
        ("legal_form", "charity", True),
    ],
)
def test_codes_look_like_codes(slot: str, value: str, good: bool) -> None:
    if good:
        assert SLOTS[slot].read(value) == value
        return
    with pytest.raises(Invalid) as refused:
        SLOTS[slot].read(value)
    assert refused.value.errors[0].pointer == "/value"


def test_a_new_fact_holds_until_the_body_closes() -> None:
    body = Body(id=new_id(), closed_on=date(2026, 3, 31))
    row = SLOTS["ods"].row(body, "QHM", date(2022, 7, 1))
    assert isinstance(row, BodyCode)
    assert (row.scheme, row.code, row.body_id) == ("ods", "QHM", body.id)
    assert (row.first_day, row.last_day) == (date(2022, 7, 1), date(2026, 3, 31))


def test_what_is_not_known_has_no_bounds() -> None:
    row = BodyName(name="x")
    assert (row.first_day, row.last_day) == (date.min, date.max)
