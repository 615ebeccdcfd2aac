"""The documents of events say of each event what it is, who may have it, and what never leaves."""

from typing import Any, get_args

import pytest

from deploy.events import AUDIENCES, asyncapi, describe_type, events_page, product_events
from shared.events import Audience, Event

EVENTS = product_events()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The AsyncAPI document."""
    return asyncapi()


def test_every_audience_has_a_sentence() -> None:
    assert set(AUDIENCES) == set(get_args(Audience))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_every_event_has_a_channel_a_sender_and_a_shape(event: type[Event], document: dict[str, Any]) -> None:
    channel = document["channels"][event.__name__]
    assert channel["address"] == f"{event.type}.{{{event.aggregate}}}"
    assert document["operations"][f"send{event.__name__}"]["action"] == "send"
    message = document["components"]["messages"][event.__name__]
    assert message["name"] == event.type
    assert message["x-audience"] == event.audience
    assert event.aggregate in document["components"]["schemas"][event.__name__]["properties"]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_every_event_has_a_section_on_the_page(event: type[Event]) -> None:
    section = events_page().split(f"### {event.__name__}\n")[1].split("###")[0]
    assert f"`{event.type}.<{event.aggregate}>`" in section
    assert AUDIENCES[event.audience] in section
    assert section.count("*inside*") == len(event.kept_inside)
    assert all(f"| `{name}` |" in section for name in event.model_fields)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"type": "string", "format": "uuid"}, "uuid"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer or null"),
        ({"enum": ["a", "b"]}, "`a`, `b`"),
        ({"$ref": "#/components/schemas/Successor"}, "Successor"),
        ({"type": "array", "items": {"type": "number"}}, "list of number"),
        ({}, "any"),
    ],
)
def test_a_field_is_described_in_a_few_words(field: dict[str, Any], words: str) -> None:
    assert describe_type(field) == words
