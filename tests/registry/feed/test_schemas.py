"""What a change has to say, and where its record is read."""

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from services.registry.feed.schemas import record_of
from services.registry.ledger.acts import Reasoned
from shared.ids import new_id

GIVEN = {"reason": "It moved.", "source": "https://example.org"}


@pytest.mark.parametrize(
    "change", [{"reason": "no"}, {"reason": "two\nlines"}, {"source": ""}, {"source": "x" * 501}, {"more": 1}]
)
def test_a_change_without_reason_or_source_is_refused(change: dict[str, str]) -> None:
    Reasoned.model_validate(GIVEN)
    with pytest.raises(ValidationError):
        Reasoned.model_validate(GIVEN | change)


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("icb", "footprints"),
        ("stp", "footprints"),
        ("nhs_trust", "organisations"),
        (None, "stakeholders"),
    ],
)
def test_every_record_is_read_somewhere(kind: str | None, place: str) -> None:
    row: Any = SimpleNamespace(record_id=new_id(), kind=kind)
    found = record_of(row)
    assert (found.href, found.kind) == (f"/v1/{place}/{row.record_id}", kind or "stakeholder")
