"""A group's consent to keep and show its address: what it must be, and what is kept with it."""

from datetime import date

from services.registry.stakeholders.models import Stakeholder
from services.registry.stakeholders.schemas import Address, Consent
from shared.clock import today
from shared.errors import Invalid

YEARS_MAX = 2


class ConsentRequired(Invalid):
    """We keep an address only with the group's consent. Send `consent` with the days that it agreed to."""


class ConsentTooLong(Invalid):
    """A consent lasts 2 years at most. Name an earlier `expires_on`, and ask again before then."""


class ConsentOver(Invalid):
    """This consent has ended or has not begun. Ask the group, then send the days that it agreed to."""


class AddressRequired(Invalid):
    """We have no address for this consent. Send one in `contact`."""


def latest_expiry(day: date) -> date:
    """The last day that a consent given on a day may reach."""
    try:
        return day.replace(year=day.year + YEARS_MAX)
    except ValueError:  # 29 February
        return day.replace(year=day.year + YEARS_MAX, day=28)


def keep_address(
    stakeholder: Stakeholder, address: Address | None, consent: Consent | None, pointer: str = ""
) -> None:
    """Keep a consent, with the address that comes with it or the one that is there.

    `pointer` names the consent in the request. Refuses an address without consent, a consent without an
    address, and days that have not begun, have ended or reach too far.
    """
    if consent is None:
        raise ConsentRequired.at(pointer)
    if consent.given_on > today():
        raise ConsentOver.at(f"{pointer}/given_on")
    if consent.expires_on < today():
        raise ConsentOver.at(f"{pointer}/expires_on")
    if consent.expires_on > latest_expiry(today()):
        raise ConsentTooLong.at(f"{pointer}/expires_on")
    if address is not None:
        stakeholder.channel, stakeholder.address = address.channel, address.address
    if stakeholder.address is None:
        raise AddressRequired.at("/contact")
    stakeholder.consent_given_on, stakeholder.consent_expires_on = consent.given_on, consent.expires_on
    stakeholder.expiring_told_at = None


def erase_address(stakeholder: Stakeholder) -> None:
    """Erase a group's address, and the consent by which it was kept."""
    stakeholder.channel = stakeholder.address = None
    stakeholder.consent_given_on = stakeholder.consent_expires_on = stakeholder.expiring_told_at = None


def is_reachable(stakeholder: Stakeholder) -> bool:
    """Whether a group agrees to have its address shown today, whatever day a request asks about."""
    ends, given = stakeholder.consent_expires_on, stakeholder.consent_given_on
    is_agreed = ends is not None and given is not None and given <= today() <= ends
    return is_agreed and stakeholder.address is not None and stakeholder.ended_on is None
