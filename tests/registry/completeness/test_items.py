"""The table of what has to be known."""

from typing import get_args

import pytest

from services.registry.completeness.items import COUNTS, ITEMS, WEIGHTS, Item
from services.registry.completeness.schemas import State
from services.registry.contacts.schemas import Channel, Purpose
from services.registry.suggestions.schemas import NewSuggestion


def test_every_state_counts_for_something_or_nothing() -> None:
    assert set(COUNTS) == set(get_args(State))
    assert all(0 <= each <= 1 for each in COUNTS.values())


def test_every_item_has_a_weight_and_asks_for_what_there_can_be() -> None:
    assert len({item.name for item in ITEMS}) == len(ITEMS)
    assert sum(item.weight for item in ITEMS) == WEIGHTS
    assert {item.purpose for item in ITEMS if item.purpose} <= set(get_args(Purpose))
    assert {item.channel for item in ITEMS if item.channel} <= set(get_args(Channel))
    assert [item.weight for item in ITEMS] == sorted((item.weight for item in ITEMS), reverse=True)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_each_item_can_be_suggested_as_it_is_asked_for(item: Item) -> None:
    value = {"phone": "0191 213 8566", "web": "https://example.org"}.get(item.channel or "", "Somebody")
    assert NewSuggestion.model_validate(item.suggestion() | {"value": value})
