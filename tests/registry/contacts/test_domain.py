"""How far what is known of a contact can be trusted."""

from datetime import date, timedelta

from services.registry.contacts.domain import contact_view, freshness_of
from services.registry.models import Contact
from shared.ids import new_id

DAY = date(2026, 11, 23)


def test_verifying_makes_a_contact_fresh_again() -> None:
    contact = Contact(
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
    assert freshness_of(contact, DAY) == "stale"
    contact.verified_on = DAY
    assert freshness_of(contact, DAY) == contact_view(contact, DAY).freshness == "fresh"
    assert freshness_of(contact, DAY - timedelta(days=1)) == "stale"
    assert freshness_of(contact, DAY, DAY) == "fresh"
    yesterday = DAY - timedelta(days=1)
    assert freshness_of(contact, DAY, yesterday) == contact_view(contact, DAY, yesterday).freshness == "stale"
