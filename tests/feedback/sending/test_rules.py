"""Who may be told by mail."""

from typing import Any

import pytest

from services.feedback.contributors.schemas import Needs, NewContributor
from services.feedback.sending.queries import ContactRow
from services.feedback.sending.rules import MailGate, reason_against_mail
from shared.clock import now

STANDING: dict[str, Any] = {
    "state": "published",
    "permissions": {"contact": "yes"},
    "unsubscribed_at": None,
}


def jo(**fields: Any) -> NewContributor:
    """Somebody who left an address."""
    return NewContributor.model_validate({"channel": "email", "address": "jo@example.org"} | fields)


@pytest.mark.parametrize(
    ("facts", "person", "reason"),
    [
        ({}, jo(), None),
        ({}, jo(needs=Needs(formats=["large_print", "email"], language="en-GB")), None),
        ({"state": "erased"}, jo(), "not_permitted"),
        ({"permissions": {}}, jo(), "not_permitted"),
        ({"unsubscribed_at": now()}, jo(), "suppressed"),
        ({}, None, "unreadable"),
        ({}, jo(channel="post", address="1 High Street"), "channel_not_available"),
        ({}, jo(address=None), "channel_not_available"),
        ({}, jo(needs=Needs(formats=["bsl_video"])), "format_not_available"),
        ({}, jo(needs=Needs(language="pa")), "language_not_available"),
    ],
)
def test_what_stands_against_a_mail(
    facts: dict[str, Any], person: NewContributor | None, reason: str | None
) -> None:
    assert reason_against_mail(ContactRow(**STANDING | facts), person) == reason


def test_nothing_is_known_of_what_is_not_there() -> None:
    assert reason_against_mail(None, jo()) == "not_permitted"


def test_the_gate_is_shut_unless_it_is_opened() -> None:
    assert MailGate("live").reason_to_hold("jo@example.org") is None
    assert MailGate("hold", ["jo@example.org"]).reason_to_hold("jo@example.org") == "sending_is_held"
    listed = MailGate("allow_list", ["Jo@Example.org", "@pilot.example"])
    assert listed.reason_to_hold(" jo@example.ORG") is None
    assert listed.reason_to_hold("anybody@pilot.example") is None
    assert listed.reason_to_hold("anybody@not-pilot.example") == "not_on_allow_list"
