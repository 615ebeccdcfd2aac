"""Events are made from rows: ids and facts, and never a word."""

from typing import Any

import pytest

from services.feedback.items.events import feedback_event
from services.feedback.models import Feedback
from shared.clock import now
from shared.columns import event_columns
from shared.events.feedback import FeedbackReceived, FeedbackWithheld
from shared.ids import new_id

ROW: dict[str, Any] = {
    "id": new_id(),
    "kind": "story",
    "state": "received",
    "text": "Words.",
    "answers": [{"text": "Words."}],
    "footprint_id": new_id(),
    "organisation_ids": [new_id()],
    "source_id": None,
    "reply_ref": "r",
    "permissions": {"contact": "yes"},
    "has_address": True,
    "urgent": True,
    "demonstration": False,
    "revision": 1,
    "received_at": now(),
    "themes": [{"code": "parking", "by": "sender"}],
}


def test_an_event_says_whom_and_what_it_concerns() -> None:
    event = feedback_event(FeedbackReceived, Feedback(**ROW))
    assert event.organisations == (ROW["organisation_ids"][0], ROW["footprint_id"])
    assert (event.footprints, event.themes) == ((ROW["footprint_id"],), ("parking",))
    assert (event.feedback_id, event.urgent, event.previous_state) == (ROW["id"], True, None)


def test_an_event_holds_no_words() -> None:
    assert "Words" not in feedback_event(FeedbackReceived, Feedback(**ROW)).model_dump_json()


def test_a_board_that_is_body_and_place_is_told_once() -> None:
    board = new_id()
    assert Feedback(organisation_ids=[board], footprint_id=board).bodies == (board,)
    assert Feedback(organisation_ids=[], footprint_id=None).bodies == ()


@pytest.mark.parametrize(
    ("facts", "can_be_told"),
    [
        ({}, True),
        ({"permissions": {"contact": "not_asked"}}, False),
        ({"has_address": False}, False),
        ({"unsubscribed_at": now()}, False),
        ({"state": "withdrawn"}, False),
    ],
)
def test_who_allows_it_and_left_an_address_can_be_told(facts: dict[str, Any], can_be_told: bool) -> None:
    assert feedback_event(FeedbackReceived, Feedback(**ROW | facts)).reachable is can_be_told


def test_a_change_tells_the_state_before() -> None:
    event = feedback_event(FeedbackWithheld, Feedback(**ROW | {"state": "withheld"}), "published")
    assert (event.state, event.previous_state) == ("withheld", "published")


def test_an_event_has_a_field_for_each_column_that_says_so() -> None:
    assert set(event_columns(Feedback)) <= set(FeedbackReceived.model_fields)
