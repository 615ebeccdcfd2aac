"""What people need to know about a footprint to find its contacts: one table, in the order of asking.

What is fresh counts fully, what is ageing half, anything else not at all. A score is the sum of the weights
that count, divided by the sum of all weights.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.registry.models import Contact


@dataclass(frozen=True, slots=True)
class Item:
    """Something that people need to know, why, and which facts say it."""

    name: str
    weight: int
    why: str
    # Words of a role that somebody holds.
    roles: tuple[str, ...] = ()
    # The purpose or the channel of a contact.
    purpose: str | None = None
    channel: str | None = None
    # Whether the contact must offer something to people who cannot use others.
    accessible: bool = False
    # The kind of a body that must be there.
    body: str | None = None

    def asks_for(self, contact: Contact) -> bool:
        """Whether a contact is what the item asks for."""
        if self.purpose:
            return contact.purpose == self.purpose
        return contact.channel == self.channel or (self.accessible and bool(contact.accessible))

    def suggestion(self) -> dict[str, str]:
        """What to send as a suggestion of the item, without its value."""
        if self.body:
            return {"what": self.body}
        if self.roles:
            return {"what": "leader", "role": self.roles[0]}
        known = {"what": "contact", "purpose": self.purpose, "channel": self.channel}
        return {name: value for name, value in known.items() if value}


LEADS = ("chief executive", "chief officer", "accountable officer", "lead")
ITEMS = (
    Item("leader", 3, "People need to know who runs it.", roles=LEADS),
    Item("enquiries", 3, "People with a question need somewhere to ask it.", purpose="enquiries"),
    Item("complaints", 2, "People who were harmed need to know where to say so.", purpose="complaints"),
    Item("contribute_to_a_plan", 2, "Plans need the people they are about.", purpose="contribute_to_a_plan"),
    Item("accessible_route", 2, "Not everybody can write, phone or travel.", accessible=True),
    Item("chair", 1, "The chair answers to the public for the board.", roles=("chair",)),
    Item("board_question", 1, "Anybody may ask the board a question.", purpose="board_question"),
    Item("voluntary_sector", 1, "Charities need somebody to talk to.", purpose="voluntary_sector"),
    Item("phone", 1, "Some things are easier to say than to write.", channel="phone"),
    Item("post", 1, "Not everybody is online.", channel="post"),
    Item("web", 1, "Its page says what the registry does not.", channel="web"),
    Item("healthwatch", 1, "It speaks for patients and the public here.", body="healthwatch"),
)
COUNTS: Mapping[str, float] = {"fresh": 1, "known": 1, "ageing": 0.5, "doubtful": 0, "stale": 0, "missing": 0}
WEIGHTS = sum(item.weight for item in ITEMS)
