"""A group's consent to have its address kept and shown: what it has to be, and what is kept by it."""

from datetime import date

from services.registry.stakeholders.errors import (
    AddressRequired,
    ConsentOver,
    ConsentRequired,
    ConsentTooLong,
)
from services.registry.stakeholders.models import Stakeholder
from services.registry.stakeholders.schemas import Address, Consent
from shared.clock import today
from shared.errors import FieldError, Invalid

YEARS_MAX = 2


def at(problem: type[Invalid], pointer: str) -> Invalid:
    """Return a problem with the field that it is about."""
    return problem(errors=[FieldError(pointer=pointer, detail=problem.sentence())])


def latest_expiry(day: date) -> date:
    """Return the last day to which a consent may reach that is given on a day."""
    try:
        return day.replace(year=day.year + YEARS_MAX)
    except ValueError:  # 29 February
        return day.replace(year=day.year + YEARS_MAX, day=28)


def refuse(consent: Consent, pointer: str) -> None:
    """Refuse a consent that is not given yet, has ended, or holds for too long."""
    if consent.given_on > today():
        raise at(ConsentOver, f"{pointer}/given_on")
    if consent.expires_on < today():
        raise at(ConsentOver, f"{pointer}/expires_on")
    if consent.expires_on > latest_expiry(today()):
        raise at(ConsentTooLong, f"{pointer}/expires_on")


def take_first(stakeholder: Stakeholder, address: Address | None, consent: Consent | None) -> None:
    """Take the address of a new group, if it agreed to that; one without the other is refused."""
    if address is None and consent is None:
        return
    if consent is None:
        raise at(ConsentRequired, "/consent")
    refuse(consent, "/consent")
    if address is None:
        raise at(AddressRequired, "/contact")
    take(stakeholder, address, consent)


def take(stakeholder: Stakeholder, address: Address | None, consent: Consent) -> None:
    """Keep a consent, with the address that it is for; that it ends can be told again."""
    if address is not None:
        stakeholder.channel, stakeholder.address = address.channel, address.address
    stakeholder.consent_given_on, stakeholder.consent_expires_on = consent.given_on, consent.expires_on
    stakeholder.expiring_told_at = None


def take_again(stakeholder: Stakeholder, address: Address | None, consent: Consent) -> None:
    """Take a consent that was given anew, for the address that comes with it or the one that is kept."""
    refuse(consent, "")
    if address is None and stakeholder.address is None:
        raise at(AddressRequired, "/contact")
    take(stakeholder, address, consent)


def forget(stakeholder: Stakeholder) -> None:
    """Erase a group's address, with the consent that it was kept by."""
    stakeholder.channel = stakeholder.address = None
    stakeholder.consent_given_on = stakeholder.consent_expires_on = stakeholder.expiring_told_at = None
