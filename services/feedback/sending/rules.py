"""Whether a person can be told by mail: permission, address, format, and what this deployment allows."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.feedback.contributors.schemas import StoredContributor
from services.feedback.items.events import GONE
from services.feedback.sending.queries import ContactRow
from shared.events.feedback import FailedReason, HeldReason

# The formats that a plain mail is.
MAIL_FORMATS: frozenset[str] = frozenset({"email", "plain_text"})


def reason_against_mail(contact: ContactRow | None, person: StoredContributor | None) -> FailedReason | None:
    """Why a person cannot be told by mail; None if they can."""
    if contact is None or contact.state in GONE or contact.permissions.get("contact") != "yes":
        return "not_permitted"
    return "suppressed" if contact.unsubscribed_at else reason_against_person(person)


def reason_against_person(person: StoredContributor | None) -> FailedReason | None:
    """Why mail does not reach a person; None if it does."""
    if person is None:
        return "unreadable"
    if person.channel != "email" or not person.address:
        return "channel_not_available"
    return unmet_need_of_person(person)


def unmet_need_of_person(person: StoredContributor) -> FailedReason | None:
    """What a person needs that a plain English mail is not."""
    if person.needs.formats and not MAIL_FORMATS.intersection(person.needs.formats):
        return "format_not_available"
    language = (person.needs.language or "en").partition("-")[0].casefold()
    return None if language == "en" else "language_not_available"


def is_in_domains(address: str, domains: Sequence[str]) -> bool:
    """Whether an address is in one of these domains, or below one."""
    domain = address.strip().casefold().rpartition("@")[2]
    return any(f".{domain}".endswith(f".{each.strip().casefold().lstrip('@.')}") for each in domains)


@dataclass(frozen=True, slots=True)
class MailGate:
    """The addresses that this deployment may send mail to."""

    mode: Literal["hold", "allow_list", "live"]
    allowed: Sequence[str] = ()

    @property
    def digest(self) -> str:
        """A digest of these settings, by which earlier ones are told apart."""
        said = json.dumps([self.mode, sorted({each.strip().casefold() for each in self.allowed})])
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def reason_to_hold(self, address: str) -> HeldReason | None:
        """Why mail to an address is held; None if it may go."""
        if self.mode == "live":
            return None
        if self.mode == "hold":
            return "sending_is_held"
        plain = address.strip().casefold()
        listed = {each.strip().casefold() for each in self.allowed}
        return None if {plain, f"@{plain.rpartition('@')[2]}"} & listed else "not_on_allow_list"
