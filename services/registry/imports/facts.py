"""What the files say of each body, before it meets what the registry says."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar
from uuid import UUID

from services.registry.imports.files import Origin, Row, read_rows
from shared.ids import new_id

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

    edition: str
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
    at: Origin


@dataclass(slots=True)
class AppointmentFact:
    """A holder of a role, as a source gave it for a day."""

    role: str
    status: str
    known_on: date
    source: str
    at: Origin
    holder: str | None = None
    holder_role: str | None = None
    holder_organisation: str | None = None
    as_published: str | None = None
    note: str | None = None
    # The keys of other bodies that the same person leads.
    shared_with: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ContactFact:
    """A way to reach a body, as a source published it."""

    channel: str
    value: str
    purpose: str
    known_on: date
    source: str
    at: Origin


@dataclass(slots=True)
class BodyFacts:
    """A body and all that the files say of it; or, if `is_known`, what the registry says of it."""

    key: str
    kind: str
    source: str
    at: Origin
    is_footprint: bool = False
    is_organisation: bool = True
    opened_on: date | None = None
    closed_on: date | None = None
    # The day for which the file says it, where it gives one: a later file then shows what changed since.
    as_of: date | None = None
    is_known: bool = False
    # The keys of the bodies that files outside this import make it a member of.
    member_elsewhere: frozenset[str] = frozenset()
    id: UUID = field(default_factory=new_id)
    names: list[Dated] = field(default_factory=list)
    ods: list[Dated] = field(default_factory=list)
    ons: list[Dated] = field(default_factory=list)
    legal_forms: list[Dated] = field(default_factory=list)
    boundaries: list[BoundaryFact] = field(default_factory=list)
    relations: list[RelationFact] = field(default_factory=list)
    appointments: list[AppointmentFact] = field(default_factory=list)
    contacts: list[ContactFact] = field(default_factory=list)

    @property
    def title(self) -> str:
        """How the summary names the body."""
        return f"{self.names[-1].value} ({self.key})" if self.names else self.key

    @property
    def files(self) -> set[str]:
        """The files that say what it is to others, who leads it and how to reach it."""
        facts = (self.relations, self.appointments, self.contacts)
        return {each.at.file for said in facts for each in said}

    def relate(
        self, to: str, kind: str, period: Period, source: str, at: Origin, *, share: float | None = None
    ) -> None:
        """Add what this body is to another."""
        self.relations.append(RelationFact(to, kind, *period, share, source, at))

    def reach(self, channel: str, value: str, purpose: str, known_on: date, source: str, at: Origin) -> None:
        """Add a contact, unless the source left it blank."""
        if value:
            self.contacts.append(ContactFact(channel, value, purpose, known_on, source, at))


def follow_value(history: list[Dated], value: str, since: date | None) -> None:
    """Let a value hold from a day on; the one before it ends. The same again changes nothing."""
    if history and history[-1].value == value:
        return
    if history and since:
        history[-1].valid_to = since - timedelta(days=1)
    history.append(Dated(value, since))


class Unusable(Exception):
    """A row that cannot be used, with the reason."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not be used."""

    at: Origin
    reason: str


class Catalogue:
    """All bodies that the files speak of, by key, and the rows that could not be used."""

    def __init__(self, known: Mapping[str, BodyFacts] | None = None) -> None:
        self.bodies: dict[str, BodyFacts] = {}
        self.known = dict(known or {})
        self.rejected: list[Rejected] = []

    def add(self, body: BodyFacts) -> BodyFacts:
        """Add a body; returns the one that a file added before instead, if there is one."""
        there = self.bodies.get(body.key)
        if there is not None and not there.is_known:
            return there
        if there is not None:
            body.relations, body.contacts = there.relations, there.contacts
            body.appointments = there.appointments
        self.bodies[body.key] = body
        return body

    def find(self, key: str, what: str) -> BodyFacts:
        """A body that the files or the registry know; Unusable when neither does."""
        found = self.bodies.get(key) or self.known.get(key)
        if found is None:
            raise Unusable(f"{what} is not in the files or the registry")
        return self.bodies.setdefault(key, found)

    def find_elsewhere(self, key: str, file: str) -> BodyFacts | None:
        """A body that other files or a steward made known."""
        if key in self.bodies:
            return self.bodies[key]
        known = self.known.get(key)
        return self.find(key, "body") if known and known.at.file != file else None

    def everybody(self) -> Iterator[BodyFacts]:
        """All bodies, those that only the registry knows first."""
        yield from (body for key, body in self.known.items() if key not in self.bodies)
        yield from self.bodies.values()

    @contextmanager
    def using(self, row: Row, about: str = "") -> Iterator[None]:
        """Reject the row if it cannot be used."""
        try:
            yield
        except Unusable as error:
            self.reject(row.at, f"{about}{error}")

    def reject(self, at: Origin, reason: str) -> None:
        """List a row as one that could not be used."""
        self.rejected.append(Rejected(at, reason))


class FileReader:
    """Reads a file, or a few that make sense only together: a new source of data is one of these.

    Give it a place in `parts.READERS`, after the files that it refers to.
    """

    files: ClassVar[tuple[str, ...]]

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def read_folder(self, folder: Path) -> None:
        """Read all rows; those that cannot be used are rejected. BadFile when a file cannot be read."""
        for row in read_rows(folder, *self.files):
            with self.catalogue.using(row):
                self.read(row)

    @abstractmethod
    def read(self, row: Row) -> None:
        """Add to the catalogue what a row says. Unusable when it cannot be used."""
