"""Who may be told by mail: permission, address, format, and what this deployment lets through."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from services.feedback.items.events import GONE
from services.feedback.items.schemas import NewContributor
from shared.events.feedback import FailedReason, HeldReason

# What a plain mail is; whoever needs another format is not told by one.
FORMATS = frozenset({"email", "e-mail", "mail", "plain text", "text", "any"})


def objection(standing: Any, person: NewContributor | None) -> FailedReason | None:
    """Return why a person cannot be told by mail; None when they can."""
    if standing is None or standing.state in GONE or standing.permissions.get("contact") != "yes":
        return "not_permitted"
    if standing.unsubscribed_at:
        return "suppressed"
    if person is None:
        return "unreadable"
    if person.channel != "email" or not person.address:
        return "channel_not_available"
    return unmet(person)


def unmet(person: NewContributor) -> FailedReason | None:
    """Return what a person needs that a plain English mail is not."""
    formats = {each.strip().casefold() for each in person.needs.formats}
    if formats and not formats & FORMATS:
        return "format_not_available"
    language = (person.needs.language or "en").partition("-")[0].casefold()
    return None if language == "en" else "language_not_available"


@dataclass(frozen=True, slots=True)
class Gate:
    """Whom mail may be sent to in this deployment."""

    mode: Literal["hold", "allow_list", "live"]
    allowed: Sequence[str] = ()

    def holds(self, address: str) -> HeldReason | None:
        """Return why mail to an address is held; None when it may go."""
        if self.mode == "live":
            return None
        if self.mode == "hold":
            return "sending_is_held"
        plain = address.strip().casefold()
        listed = {each.strip().casefold() for each in self.allowed}
        return None if {plain, f"@{plain.rpartition('@')[2]}"} & listed else "not_on_allow_list"
