"""Who may be told by mail."""

from types import SimpleNamespace
from typing import Any

import pytest

from services.feedback.items.schemas import Needs, NewContributor
from services.feedback.sending.rules import Gate, objection
from shared.clock import now

STANDING: dict[str, Any] = {
    "state": "published",
    "permissions": {"contact": "yes"},
    "unsubscribed_at": None,
}


def jo(**fields: Any) -> NewContributor:
    """Return somebody who left an address."""
    return NewContributor.model_validate({"channel": "email", "address": "jo@example.org"} | fields)


@pytest.mark.parametrize(
    ("facts", "person", "reason"),
    [
        ({}, jo(), None),
        ({}, jo(needs=Needs(formats=["Large print", "Email"], language="en-GB")), None),
        ({"state": "erased"}, jo(), "not_permitted"),
        ({"permissions": {}}, jo(), "not_permitted"),
        ({"unsubscribed_at": now()}, jo(), "suppressed"),
        ({}, None, "unreadable"),
        ({}, jo(channel="post", address="1 High Street"), "channel_not_available"),
        ({}, jo(address=None), "channel_not_available"),
        ({}, jo(needs=Needs(formats=["BSL video"])), "format_not_available"),
        ({}, jo(needs=Needs(language="pa")), "language_not_available"),
    ],
)
def test_what_stands_against_a_mail(
    facts: dict[str, Any], person: NewContributor | None, reason: str | None
) -> None:
    assert objection(SimpleNamespace(**STANDING | facts), person) == reason


def test_nothing_is_known_of_what_is_not_there() -> None:
    assert objection(None, jo()) == "not_permitted"


def test_the_gate_is_shut_unless_it_is_opened() -> None:
    assert Gate("live").holds("jo@example.org") is None
    assert Gate("hold", ["jo@example.org"]).holds("jo@example.org") == "sending_is_held"
    listed = Gate("allow_list", ["Jo@Example.org", "@pilot.example"])
    assert listed.holds(" jo@example.ORG") is None
    assert listed.holds("anybody@pilot.example") is None
    assert listed.holds("anybody@not-pilot.example") == "not_on_allow_list"
