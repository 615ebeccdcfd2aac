"""What corrections of facts must say, and how long what is known of a body can be trusted."""

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.registry.bodies.restated import FactCorrection, freshness

DAY = date(2026, 11, 23)
WHY = {"reason": "It was misread.", "source": "https://example.org"}


class Correction(FactCorrection):
    """A correction of something that always has a name."""

    never_empty = frozenset({"name"})

    name: str | None = None
    note: str | None = None


@pytest.mark.parametrize(
    ("age", "found"),
    [(0, "fresh"), (90, "fresh"), (91, "ageing"), (365, "ageing"), (366, "stale"), (-1, "fresh")],
)
def test_freshness_goes_by_age(age: int, found: str) -> None:
    assert freshness(DAY - timedelta(days=age), DAY, timedelta(days=365)) == found


def test_a_correction_changes_what_it_names_and_nothing_else() -> None:
    assert Correction(note=None, **WHY).corrected() == {"note": None}
    assert Correction(name="Kit", **WHY).corrected() == {"name": "Kit"}


@pytest.mark.parametrize("given", [{}, {"name": None}, {"name": None, "note": "now"}])
def test_a_correction_of_nothing_and_an_empty_name_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Correction.model_validate(given | WHY)
