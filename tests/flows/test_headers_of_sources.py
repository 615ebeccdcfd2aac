"""What feedback knows of headers of the gateway: which it keeps back, and which it sends with events."""

import pytest

from services.feedback.sources.receiving import SENDER_OF_EVENTS
from services.feedback.sources.scheme_schemas import (
    HEADERS_TAKEN,
    NEVER_ARRIVE,
    NEVER_ARRIVE_FROM,
    never_arrives,
)
from services.gateway.proxy.headers import HOP_BY_HOP, OUR_PREFIXES, OURS, may_pass_when_signed
from services.gateway.webhooks.sending import HEADERS


def test_what_feedback_says_never_arrives_is_what_the_gateway_keeps_back() -> None:
    assert {name.decode() for name in OURS | HOP_BY_HOP} == NEVER_ARRIVE | (HEADERS_TAKEN - {"content-type"})
    assert tuple(prefix.decode() for prefix in OUR_PREFIXES) == NEVER_ARRIVE_FROM


@pytest.mark.parametrize(
    ("name", "arrives"), [("X-Signature", True), ("X-Forwarded-For", False), ("Via", False)]
)
def test_a_header_arrives_or_not(name: str, arrives: bool) -> None:
    assert may_pass_when_signed(name.lower().encode()) is arrives is not never_arrives(name)


def test_events_that_the_gateway_sends_are_known_as_such() -> None:
    assert HEADERS["User-Agent"].startswith(SENDER_OF_EVENTS)
    assert may_pass_when_signed(b"user-agent")
