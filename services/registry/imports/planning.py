"""What the files claim of one body, and what an import is to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from services.registry.imports.facts import BodyFacts
from services.registry.imports.known import SAYS
from services.registry.imports.sources import Origin
from services.registry.imports.summary import Changed, Kept
from services.registry.models import Appointment, BodyCode, BodyName, Boundary, Contact, LegalForm, Relation

# Imported before files were told apart.
UNKNOWN = "an earlier import"
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """A fact as a file says it."""

    model: type[Any]
    values: Values
    at: Origin

    @property
    def says(self) -> tuple[Any, ...]:
        """Return what it says, to be compared."""
        return all_of(self.model, self.values)


@dataclass(slots=True)
class Plan:
    """What is to be written about one body."""

    body: BodyFacts
    id: UUID
    is_new: bool = False
    # Columns of the body's own row; those that the public sees, and those that it does not.
    columns: Values = field(default_factory=dict)
    unseen: Values = field(default_factory=dict)
    made: list[Claim] = field(default_factory=list)
    gone: list[tuple[type[Any], Any]] = field(default_factory=list)
    # Doors by id: seen again on a later day, no longer in use since a day, or in use again.
    doors: dict[UUID, Values] = field(default_factory=dict)
    # Rows of which the file was not known.
    found: list[tuple[type[Any], Any, str]] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    # Whether the file is older than what is known from it already: then it says nothing new.
    is_older: bool = False
    is_newer: bool = False

    @property
    def is_change(self) -> bool:
        """Whether the public sees something else than before."""
        ends = any("ended_on" in values for values in self.doors.values())
        return bool(self.columns or self.made or self.gone or ends)

    def is_observed(self, file: str) -> bool:
        """Tell whether a file says how things were on a day."""
        return self.body.as_of is not None and self.body.at.file == file and not self.body.is_known

    def keep(self, fact: str, says: str, at: Origin, since: datetime | None) -> None:
        """List what a file says and a steward has corrected."""
        reason = "corrected by a steward" + (f" on {since.date()}" if since else "")
        self.kept.append(Kept(self.body.title, fact, says, *at, reason))

    def show(self, fact: str, before: str, after: str) -> None:
        """List what changes."""
        self.changed.append(Changed(self.body.title, fact, before, after))

    @property
    def is_write(self) -> bool:
        """Whether anything is to be written at all."""
        return bool(self.is_change or self.unseen or self.doors or self.found)


@dataclass(frozen=True)
class Setting:
    """What an import as a whole is about: its files, and the ids of all bodies by their keys."""

    files: frozenset[str]
    is_whole: bool
    ids: Mapping[str, UUID]

    @cached_property
    def families(self) -> dict[UUID, str]:
        """The family of each body by its id: boards, locations and so on."""
        return {body_id: key.partition("/")[0] for key, body_id in self.ids.items()}


def claims_of(body: BodyFacts, ids: Mapping[str, UUID]) -> list[Claim]:
    """Return all that the files say of a body."""
    return [*identity_of(body), *relations_of(body, ids), *appointments_of(body, ids), *contacts_of(body)]


def identity_of(body: BodyFacts) -> list[Claim]:
    """Return what makes a body that body: names, codes, legal forms and boundaries."""
    found: list[tuple[type[Any], Values]] = []
    found += [(BodyName, {"name": each.value} | days(each)) for each in body.names]
    for scheme, history in (("ods", body.ods), ("ons", body.ons)):
        found += [(BodyCode, {"scheme": scheme, "code": each.value} | days(each)) for each in history]
    found += [(LegalForm, {"legal_form": each.value} | days(each)) for each in body.legal_forms]
    found += [(Boundary, said_by(Boundary, edition)) for edition in body.boundaries]
    return [Claim(model, values, body.at) for model, values in found]


def days(fact: Any) -> Values:
    """Return between which days a fact holds."""
    return {"valid_from": fact.valid_from, "valid_to": fact.valid_to}


def said_by(model: type[Any], fact: Any) -> Values:
    """Return what a fact says, by the columns of its table."""
    return {name: getattr(fact, name) for name in SAYS[model]}


def relations_of(body: BodyFacts, ids: Mapping[str, UUID]) -> list[Claim]:
    """Return what a body is to others."""
    return [
        Claim(
            Relation,
            {"to_id": ids[each.to], "kind": each.kind, "share": each.share, "source": each.source}
            | days(each),
            each.at,
        )
        for each in body.relations
    ]


def appointments_of(body: BodyFacts, ids: Mapping[str, UUID]) -> list[Claim]:
    """Return who held the roles of a body."""
    return [
        Claim(
            Appointment,
            said_by(Appointment, each) | {"shared_with": [ids[key] for key in each.shared_with]},
            each.at,
        )
        for each in body.appointments
    ]


def contacts_of(body: BodyFacts) -> list[Claim]:
    """Return the doors of a body."""
    return [Claim(Contact, said_by(Contact, each), each.at) for each in body.contacts]


def all_of(model: type[Any], values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return all that a fact says, to be compared with what another says."""
    found = (values[name] for name in SAYS[model])
    return tuple(tuple(each) if isinstance(each, list) else each for each in found)


def text_of(fact: Claim) -> str:
    """Return a claim in words."""
    return worded(fact.model, fact.values)


def worded(model: type[Any], values: Mapping[str, Any]) -> str:
    """Return a fact in words, with the days between which it holds where it has some."""
    what = ", ".join(str(values[name]) for name in WORDS[model] if values[name] is not None)
    since, until = values.get("valid_from"), values.get("valid_to")
    period = (f" from {since}" if since else "") + (f" to {until}" if until else "")
    return what + period


WORDS: Mapping[type[Any], tuple[str, ...]] = {
    BodyName: ("name",),
    BodyCode: ("code",),
    LegalForm: ("legal_form",),
    Boundary: ("vintage", "region", "residents"),
    Relation: ("kind", "to_id", "share"),
    Appointment: ("role", "status", "holder", "as_published", "known_on"),
    Contact: ("value",),
}
