"""What is to be known of each body after an import, before it meets the database."""

import hashlib
from dataclasses import asdict, dataclass, field
from datetime import date

import orjson

Period = tuple[date | None, date | None]


@dataclass(slots=True)
class Dated:
    """A name, a code or a legal form with the days between which it holds."""

    value: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(slots=True)
class BoundaryFact:
    """The area of a footprint in one edition."""

    vintage: str
    valid_from: date
    valid_to: date | None
    region: str | None
    residents: int | None


@dataclass(slots=True)
class RelationFact:
    """What this body is to the one with the key `to`."""

    to: str
    kind: str
    valid_from: date | None
    valid_to: date | None
    share: float | None
    source: str


@dataclass(slots=True)
class AppointmentFact:
    """Who held a role, as a source said it for a day."""

    role: str
    status: str
    holder: str | None
    holder_role: str | None
    holder_organisation: str | None
    as_published: str | None
    known_on: date
    source: str
    note: str | None
    # The keys of other bodies that the same person leads.
    shared_with: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ContactFact:
    """A door, as a source published it."""

    channel: str
    value: str
    purpose: str
    known_on: date
    source: str


@dataclass(slots=True)
class BodyFacts:
    """A body and all that is known of it."""

    key: str
    kind: str
    source: str
    is_footprint: bool = False
    is_organisation: bool = True
    opened_on: date | None = None
    closed_on: date | None = None
    names: list[Dated] = field(default_factory=list)
    ods: list[Dated] = field(default_factory=list)
    ons: list[Dated] = field(default_factory=list)
    legal_forms: list[Dated] = field(default_factory=list)
    boundaries: list[BoundaryFact] = field(default_factory=list)
    relations: list[RelationFact] = field(default_factory=list)
    appointments: list[AppointmentFact] = field(default_factory=list)
    contacts: list[ContactFact] = field(default_factory=list)

    def digest(self) -> str:
        """Return a hash that changes with anything that is known of the body."""
        return hashlib.sha256(orjson.dumps(asdict(self))).hexdigest()

    def relate(self, to: str, kind: str, period: Period, source: str, *, share: float | None = None) -> None:
        """Add what this body is to another."""
        self.relations.append(RelationFact(to, kind, *period, share, source))

    def reach(self, channel: str, value: str, purpose: str, known_on: date, source: str) -> None:
        """Add a door, unless the source left it blank."""
        if value:
            self.contacts.append(ContactFact(channel, value, purpose, known_on, source))


def follow(history: list[Dated], value: str, since: date | None) -> None:
    """Let a value hold from a day on; the one before it ends. The same again changes nothing."""
    if history and history[-1].value == value:
        return
    if history and since:
        history[-1].valid_to = date.fromordinal(since.toordinal() - 1)
    history.append(Dated(value, since))


class Catalogue:
    """All bodies of an import by key, and the rows that could not be used with the reason for each."""

    def __init__(self) -> None:
        self.bodies: dict[str, BodyFacts] = {}
        self.rejected: list[tuple[str, str]] = []

    def add(self, body: BodyFacts) -> BodyFacts:
        """Add a body; one that is there already is given back instead."""
        return self.bodies.setdefault(body.key, body)

    def reject(self, file: str, reason: str) -> None:
        """Remember that a row could not be used."""
        self.rejected.append((file, reason))
