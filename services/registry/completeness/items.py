"""What has to be known of a footprint so that people find its doors: one table, in the order of asking.

What is fresh counts whole, what is ageing half, anything else not at all; a score is the sum of the weights
that count, of all weights.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """Something that has to be known, what it is found by, and why it matters."""

    name: str
    weight: int
    why: str
    # Words of a role that somebody holds.
    roles: tuple[str, ...] = ()
    # What a door is for, or of which channel it is.
    purpose: str | None = None
    channel: str | None = None
    # Whether the door has to offer something to those who cannot use others.
    accessible: bool = False
    # The kind of a body that has to be there.
    body: str | None = None

    def suggestion(self) -> dict[str, str]:
        """Return what a suggestion of it says, besides its value."""
        if self.body:
            return {"what": self.body}
        if self.roles:
            return {"what": "leader", "role": self.roles[0]}
        return {"what": "contact"} | {
            name: value for name in ("purpose", "channel") if (value := getattr(self, name))
        }


LEADS = ("chief executive", "chief officer", "accountable officer", "lead")
ITEMS = (
    Item("leader", 3, "People have to know who runs it.", roles=LEADS),
    Item("enquiries", 3, "Somebody with a question needs a door for it.", purpose="enquiries"),
    Item("complaints", 2, "Somebody who was harmed needs to know where to say so.", purpose="complaints"),
    Item("contribute_to_a_plan", 2, "Plans need those whom they are about.", purpose="contribute_to_a_plan"),
    Item("accessible_route", 2, "Not everybody can write, phone or travel.", accessible=True),
    Item("chair", 1, "Somebody answers to the public for the board.", roles=("chair",)),
    Item("board_question", 1, "Anybody may put a question to the board.", purpose="board_question"),
    Item("voluntary_sector", 1, "Charities need a partner to speak with.", purpose="voluntary_sector"),
    Item("phone", 1, "Some things are said rather than written.", channel="phone"),
    Item("post", 1, "Not everybody is online.", channel="post"),
    Item("web", 1, "Its page says what is not kept here.", channel="web"),
    Item("healthwatch", 1, "It speaks for patients and the public here.", body="healthwatch"),
)
COUNTS: Mapping[str, float] = {"fresh": 1, "known": 1, "ageing": 0.5, "doubtful": 0, "stale": 0, "missing": 0}
WEIGHTS = sum(item.weight for item in ITEMS)
