"""How long what is known of a body can be trusted."""

from datetime import date, timedelta

import pytest

from services.registry.bodies.restated import freshness

DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("age", "found"),
    [(0, "fresh"), (90, "fresh"), (91, "ageing"), (365, "ageing"), (366, "stale"), (-1, "fresh")],
)
def test_freshness_goes_by_age(age: int, found: str) -> None:
    assert freshness(DAY - timedelta(days=age), DAY, timedelta(days=365)) == found
