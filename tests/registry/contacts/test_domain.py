"""How far what is known of a door can be trusted."""

from datetime import date, timedelta

from services.registry.contacts.domain import contact_view, freshness_of
from services.registry.models import Contact
from shared.ids import new_id

DAY = date(2026, 11, 23)


def test_verifying_makes_a_door_fresh_again() -> None:
    door = Contact(
        id=new_id(),
        body_id=new_id(),
        channel="email",
        value="doors@example.org",
        purpose="enquiries",
        known_on=date(2019, 4, 3),
        verified_on=None,
        source="test",
        accessible=[],
        hours=None,
        is_personal=False,
        verified_how=None,
        doubtful_since=None,
        ended_on=None,
    )
    assert freshness_of(door, DAY) == "stale"
    door.verified_on = DAY
    assert freshness_of(door, DAY) == contact_view(door, DAY).freshness == "fresh"
    assert freshness_of(door, DAY - timedelta(days=1)) == "stale"
