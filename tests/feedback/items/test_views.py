"""What is shown to whom."""

from typing import Any

import pytest

from services.feedback.bodies.heirs import Heirs
from services.feedback.items.views import feedback_view, is_about_caller, is_sent_by_caller, revision_view
from services.feedback.models import Feedback, Revision
from shared.auth import Caller
from shared.clock import now
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient

TRUST, BOARD, PARTNER = new_id(), new_id(), new_id()
FACTS: dict[str, Any] = {
    "id": new_id(),
    "version": 1,
    "kind": "story",
    "state": "published",
    "text": "Ring 07700 900123",
    "answers": [],
    "language": "en",
    "experienced_on": None,
    "footprint_id": BOARD,
    "rating": None,
    "organisation_ids": [TRUST],
    "touchpoints": [],
    "themes": [],
    "permissions": {"publish": "yes"},
    "proxy_by": "Mrs Jones",
    "urgent": False,
    "demonstration": False,
    "external_id": "x",
    "sender_id": PARTNER,
    "revision": 1,
    "received_at": now(),
}


def caller(organisation: Any, *scopes: str) -> Caller:
    """A client of an organisation."""
    return Caller(new_id(), organisation, None, frozenset(scopes))


@pytest.mark.parametrize(
    ("who", "inside"),
    [
        (caller(TRUST, "feedback:read"), True),
        (caller(BOARD, "feedback:read"), True),
        (caller(TRUST), False),
        (caller(PARTNER), True),
        (caller(new_id(), "feedback:read"), False),
        (caller(None, "feedback:read"), False),
        (Caller(), False),
    ],
)
def test_what_is_not_public_is_shown_to_its_bodies_and_its_sender(who: Caller, inside: bool) -> None:
    seen = feedback_view(Feedback(**FACTS), who, Heirs())
    assert (seen.external_id, seen.permissions is not None) == (("x", True) if inside else (None, False))
    assert (seen.text, seen.proxy_by) == ("Ring [phone number]", "Mrs [name]")


def test_only_the_sender_sees_its_own_number_where_it_looks_like_another() -> None:
    said = Feedback(**FACTS | {"external_id": "9434765919"})
    assert feedback_view(said, caller(PARTNER), Heirs()).external_id == "9434765919"
    assert feedback_view(said, caller(TRUST, "feedback:read"), Heirs()).external_id == "[NHS number]"


def test_a_body_is_concerned_as_organisation_or_as_place() -> None:
    feedback = Feedback(**FACTS)
    assert [is_about_caller(feedback, caller(body)) for body in (TRUST, BOARD, PARTNER, None)] == [
        True,
        True,
        False,
        False,
    ]
    assert is_sent_by_caller(feedback, caller(PARTNER))
    assert not is_sent_by_caller(Feedback(**FACTS | {"sender_id": None}), Caller())


def test_a_revision_is_masked_as_well() -> None:
    kept = Revision(number=1, content={"text": "Mr Smith", "kind": "story"}, replaced_at=now())
    assert revision_view(kept).content == {"text": "Mr [name]", "kind": "story"}


async def test_since_must_be_in_the_calendar(partner: ServiceClient) -> None:
    for since, status in (("0001-01-01T00:00:00Z", 200), ("0001-01-01T00:00:00+14:00", 422)):
        assert (await partner.get("/v1/feedback", params={"since": since})).status_code == status
