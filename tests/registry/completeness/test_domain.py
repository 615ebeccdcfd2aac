"""How well each item is known, and the score that comes of it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.completeness.domain import (
    BEST,
    KnownFacts,
    count_items,
    item_states,
    missing_items,
    score,
)
from services.registry.completeness.items import COUNTS, ITEMS
from services.registry.completeness.schemas import ItemState
from services.registry.models import Appointment, Contact
from shared.ids import new_id

DAY, BODY, BEFORE = date(2026, 11, 23), new_id(), new_id()
ONE_STATE = st.sampled_from(BEST)


def contact(age: int = 0, of: Any = BODY, **fields: Any) -> Contact:
    """Return a contact that was known so many days before."""
    given_: dict[str, Any] = {
        "channel": "email",
        "value": "jo@example.org",
        "purpose": "enquiries",
        "accessible": [],
        "doubtful_since": None,
        "verified_on": None,
    }
    return Contact(id=new_id(), body_id=of, known_on=DAY - timedelta(days=age), **(given_ | fields))


def holding(age: int = 0, **fields: Any) -> Appointment:
    """Return who held a role as known so many days before."""
    given_: dict[str, Any] = {
        "role": "Chief Executive",
        "status": "confirmed",
        "holder": "A. Nother",
        "as_published": None,
        "confirmed_on": None,
        "held_from": None,
        "held_to": None,
    }
    return Appointment(id=new_id(), body_id=BODY, known_on=DAY - timedelta(days=age), **(given_ | fields))


def known(*facts: Any, around: Any = ()) -> KnownFacts:
    """Return what is known, from rows."""
    held = [each for each in facts if isinstance(each, Appointment)]
    contacts: dict[Any, list[Contact]] = {}
    for each in facts:
        if isinstance(each, Contact):
            contacts.setdefault(each.body_id, []).append(each)
    return KnownFacts(DAY, {BODY: held}, contacts, around)


def found(*facts: Any, around: Any = ()) -> dict[str, str]:
    """Return the state of each item that is not missing."""
    every = item_states(known(*facts, around=around), BODY)
    return {each.item: each.state for each in every if each.state != "missing"}


def test_nothing_known_is_nothing() -> None:
    every = item_states(known(), BODY)
    assert {each.state for each in every} == {"missing"}
    assert score(every) == 0


def test_what_is_known_of_a_body_that_closed_is_stale() -> None:
    facts = known(contact(), holding())
    for closed_on, state in ((DAY, "fresh"), (DAY - timedelta(days=1), "stale")):
        every = item_states(replace(facts, closed_on={BODY: closed_on}), BODY)
        assert {each.item: each.state for each in every if each.state != "missing"} == {
            "enquiries": state,
            "leader": state,
        }


@pytest.mark.parametrize(
    ("fact", "state"),
    [
        (contact(), {"enquiries": "fresh"}),
        (contact(100), {"enquiries": "ageing"}),
        (contact(400), {"enquiries": "stale"}),
        (contact(400, verified_on=DAY), {"enquiries": "fresh"}),
        (contact(doubtful_since=DAY), {"enquiries": "doubtful"}),
        (contact(400, doubtful_since=DAY), {"enquiries": "stale"}),
        (contact(accessible=["bsl"], purpose="media"), {"accessible_route": "fresh"}),
        (contact(channel="phone", purpose="complaints"), {"complaints": "fresh", "phone": "fresh"}),
        (holding(), {"leader": "fresh"}),
        (holding(100), {"leader": "ageing"}),
        (holding(181), {"leader": "stale"}),
        (holding(role="Interim chair"), {"chair": "fresh"}),
        (holding(100, held_to=DAY - timedelta(days=1)), {"leader": "stale"}),
        (holding(holder=None, status="vacant"), {}),
        (holding(role="Medical director"), {}),
    ],
)
def test_a_fact_is_known_as_well_as_it_is_fresh(fact: Any, state: dict[str, str]) -> None:
    assert found(fact) == state


def test_the_best_that_is_known_counts() -> None:
    assert found(contact(400), contact(100), contact(doubtful_since=DAY)) == {"enquiries": "ageing"}
    assert found(around={BODY}) == {"healthwatch": "known"}


def test_what_is_asked_for_says_what_was_known_last_and_of_whom() -> None:
    facts = known(
        contact(500),
        contact(400, of=BEFORE, value="old@example.org"),
        contact(channel="web", purpose="media"),
    )
    wanted = missing_items(facts, BODY, {BODY: "Board", BEFORE: "Partnership"}, item_states(facts, BODY))
    assert "web" not in {each.what for each in wanted}
    first = next(each for each in wanted if each.what == "enquiries")
    assert first.last_known == "email: old@example.org (Partnership)"
    assert first.last_known_on == DAY - timedelta(days=400)
    assert first.suggest_at == f"/v1/footprints/{BODY}/suggestions"
    assert first.suggest == {"what": "contact", "purpose": "enquiries"}
    never = next(each for each in wanted if each.what == "post")
    assert (never.last_known, never.last_known_on) == (None, None)


def states_of(chosen: list[Any]) -> list[ItemState]:
    """Return items in these states."""
    return [
        ItemState(item=item.name, weight=item.weight, state=state, last_known_on=None)
        for item, state in zip(ITEMS, chosen, strict=True)
    ]


@given(st.lists(ONE_STATE, min_size=len(ITEMS), max_size=len(ITEMS)), st.data())
def test_a_score_lies_between_nothing_and_all_and_grows_with_what_is_known(
    chosen: list[Any], data: st.DataObject
) -> None:
    before = score(states_of(chosen))
    assert 0 <= before <= 1
    place, better = data.draw(st.integers(0, len(ITEMS) - 1)), data.draw(ONE_STATE)
    after = score(states_of([*chosen[:place], better, *chosen[place + 1 :]]))
    assert (after >= before) == (COUNTS[better] >= COUNTS[chosen[place]])


@given(st.lists(st.lists(ONE_STATE, min_size=len(ITEMS), max_size=len(ITEMS)), max_size=5))
def test_counts_of_each_item_add_up(chosen: list[list[Any]]) -> None:
    for each in count_items([states_of(states_) for states_ in chosen]):
        assert sum(each.states.values()) == len(chosen)
        assert 0 <= each.have <= len(chosen)
        assert 0 <= each.share <= 1
