"""What the files say of each body, before it meets what the registry says."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from services.registry.contacts.values import value_of_source
from services.registry.imports.files import Origin, Row
from services.registry.imports.summary import Line
from shared.ids import new_id

Says = dict[str, object]
DAYS = ("valid_from", "valid_to")
Period = tuple[date | None, date | None]
NOTHING: Mapping[str, object] = {}
# In place of an edition: the last one, and the boards that opened since.
TODAY = "today"
COUNCIL_WORDS = frozenset(
    [
        *("council", "borough", "city", "county", "metropolitan", "district", "london"),
        *("royal", "of", "the", "and", "unitary", "authority"),
    ]
)


@dataclass(slots=True)
class Dated:
    """A value between two days, both included; None for a beginning or an end that is not known."""

    value: str
    valid_from: date | None = None
    valid_to: date | None = None
    # What else is said, and never makes another value: a region, a share, a source.
    rest: Mapping[str, object] = field(default_factory=dict)

    @property
    def first_day(self) -> date:
        """Its first day; the first of all when its beginning is not known."""
        return self.valid_from or date.min

    def columns(self, column: str) -> Says:
        """What it says as a row of a table, with the value in one of its columns."""
        return {column: self.value, "valid_from": self.valid_from, "valid_to": self.valid_to, **self.rest}


class Claim(NamedTuple):
    """What a file says of a body: a table of facts, and what its row says; bodies are named by their keys."""

    fact: str
    says: Says
    at: Origin


class Disputed(NamedTuple):
    """What two files say differently of a body, named by its key; the first one holds."""

    key: str
    fact: str
    ours: str
    ours_from: str
    theirs: str
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
    # Whether it closed on that very day, and its last day with services if that was another.
    is_closing_day_known: bool = True
    services_ended_on: date | None = None
    # The day for which the file says it, where it gives one: a later file then shows what changed since.
    as_of: date | None = None
    # The day of the page that names it, where each row of the file is from another page.
    named_on: date | None = None
    id: UUID = field(default_factory=new_id)
    # What the registry has under its key.
    before: "BodyFacts | None" = None
    is_known: bool = False
    # Of a body that is known: whether it was withdrawn, and whether it is invented.
    is_withdrawn: bool = False
    is_invented: bool = False
    # The keys of the bodies that files outside this import make it a member of.
    member_elsewhere: frozenset[str] = frozenset()
    names: list[Dated] = field(default_factory=list)
    ods: list[Dated] = field(default_factory=list)
    ons: list[Dated] = field(default_factory=list)
    legal_forms: list[Dated] = field(default_factory=list)
    boundaries: list[Dated] = field(default_factory=list)
    # What it is to others, who leads it and how to reach it.
    claims: list[Claim] = field(default_factory=list)

    @property
    def title(self) -> str:
        """How the summary names the body."""
        return f"{self.names[-1].value} ({self.key})" if self.names else self.key

    @property
    def files(self) -> set[str]:
        """The files that say what it is to others, who leads it and how to reach it."""
        return {claim.at.file for claim in self.claims}

    @property
    def is_older(self) -> bool:
        """Whether its file is older than what is known from it: then that says nothing new."""
        before = self.before.as_of if self.before and not self.is_known else None
        return bool(before and self.as_of and self.as_of < before)

    def differences(self, other: "BodyFacts") -> Iterator[Disputed]:
        """What another file says otherwise of the same body; small and capital letters are the same."""
        names = (self.names, other.names)
        ours, theirs = (each[-1].value if each else "" for each in names)
        said = [("name", ours, theirs)] if ours.casefold() != theirs.casefold() else []
        said.append(("opened_on", str(self.opened_on or ""), str(other.opened_on or "")))
        said.append(("closed_on", str(self.closed_on or ""), str(other.closed_on or "")))
        for fact, ours, theirs in said if self.at.file != other.at.file else ():
            if ours and theirs and ours != theirs:
                yield Disputed(self.key, fact, ours, self.at.file, theirs, other.at)

    def change(self, since: date | None, name: str, *, ods: str = "", ons: str = "", form: str = "") -> None:
        """Give it a name, codes and a legal form from a day on; the same again changes nothing."""
        follow_value(self.names, name, since, self.closed_on)
        for history, value in ((self.ods, ods), (self.ons, ons), (self.legal_forms, form)):
            if value:
                follow_value(history, value, since, self.closed_on)

    def relate(
        self,
        to: str,
        kind: str,
        period: Period,
        source: str,
        at: Origin,
        *,
        share: float | None = None,
        note: str = "",
    ) -> None:
        """Add what this body is to another."""
        says: Says = {"to_id": to, "kind": kind, "source": source, "share": share, "note": note or None}
        says["valid_from"], says["valid_to"] = period
        self.claims.append(Claim("relation", says, at))

    def join(self, home: "BodyFacts", since: date | None, row: Row, *, until: date | None = None) -> None:
        """Make it a member of another body until a day, or until either closes; once is enough."""
        joined = {each.says["to_id"] for each in self.claims if each.says.get("kind") == "member_of"}
        if home.key not in joined | self.member_elsewhere:
            ends = min((each for each in (until, self.closed_on, home.closed_on) if each), default=None)
            if not (since and ends and ends < since):
                self.relate(home.key, "member_of", (since, ends), row.source, row.at)

    def reach(self, channel: str, value: str, purpose: str, known_on: date, source: str, at: Origin) -> None:
        """Add a contact, unless the source left it blank."""
        if value:
            kept = value_of_source(channel, value)
            says: Says = {"channel": channel, "value": kept, "purpose": purpose}
            says |= {"known_on": known_on, "source": source}
            self.claims.append(Claim("contact", says, at))


def follow_value(
    history: list[Dated], value: str, since: date | None, until: date | None = None, **rest: object
) -> None:
    """Let a value hold from a day on; the one before it ends. The same again changes nothing."""
    if history and history[-1].value == value:
        return
    if history and since:
        history[-1].valid_to = since - timedelta(days=1)
    history.append(Dated(value, since, until, rest or NOTHING))


class Unusable(Exception):
    """A row that cannot be used, with the reason."""


class Catalogue:
    """All bodies that the files speak of, by key, and the rows that could not be used.

    Files may refer to `known` bodies, those of the registry, without saying anything else of them.
    """

    def __init__(self, known: Mapping[str, BodyFacts] | None = None) -> None:
        self.bodies: dict[str, BodyFacts] = {}
        self.known = {key: body for key, body in (known or {}).items() if not body.is_withdrawn}
        self.rejected: list[Line] = []
        self.overruled: list[Line] = []
        # What the register calls each body that was renamed, and the last row of its renamings, by its key.
        self.renamed: dict[str, tuple[str, Row]] = {}
        self.disputed: list[Disputed] = []

    def add(self, body: BodyFacts) -> BodyFacts:
        """Add a body; returns the one that a file added before instead, if there is one."""
        there = self.bodies.get(body.key)
        if there is not None and not there.is_known:
            self.disputed += there.differences(body)
            return there
        if there is not None:
            body.claims += there.claims
        self.bodies[body.key] = body
        return body

    def knows(self, key: str) -> bool:
        """Whether the files or the registry know a body."""
        return key in self.bodies or key in self.known

    def find(self, key: str, what: str) -> BodyFacts:
        """A body that the files or the registry know; Unusable when neither does."""
        found = self.bodies.get(key) or self.known.get(key)
        if found is None:
            raise Unusable(f"{what} is not in the files or the registry")
        return self.bodies.setdefault(key, found)

    def find_board(self, code: str, edition: str = TODAY) -> BodyFacts:
        """The board that has a code, or had it in an edition; Unusable when there is none."""
        return self.find(self.footprints.get((edition, code), ""), f"board {code}")

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

    @cached_property
    def footprints(self) -> dict[tuple[str, str], str]:
        """The key of each footprint by its edition and code, ONS or ODS; of boards also by TODAY and code.

        All footprints must be read before.
        """
        found: dict[tuple[str, str], str] = {}
        later: dict[tuple[str, str], str] = {}
        for body in self.everybody():
            for boundary in body.boundaries:
                start = boundary.valid_from or date.min
                held = [code for code in body.ons if (code.valid_from or date.min) <= start]
                for code in (*held[-1:], *body.ods[:1]):
                    found[(boundary.value, code.value)] = body.key
            if body.kind == "icb" and body.ods and body.closed_on is None:
                later.setdefault((TODAY, body.ods[-1].value), body.key)
        now = {(TODAY, code): key for (edition, code), key in found.items() if edition == "ICB2026"}
        return found | later | now

    @cached_property
    def councils(self) -> dict[object, list[str]]:
        """The keys of councils by their ODS codes and by the words of their names.

        All councils must be read before.
        """
        found: dict[object, list[str]] = {}
        for body in self.everybody():
            if body.kind == "local_authority":
                marks = {words_of_council(each.value) for each in body.names} | {
                    each.value for each in body.ods
                }
                for mark in marks:
                    found.setdefault(mark, []).append(body.key)
        return found

    @contextmanager
    def using(self, row: Row, about: str = "") -> Iterator[None]:
        """Reject the row if it cannot be used."""
        try:
            yield
        except Unusable as error:
            self.rejected.append(Line("rejected", *row.at, reason=f"{about}{error}"))


def words_of_council(name: str) -> frozenset[str]:
    """The words that tell one council from another."""
    return frozenset(re.findall(r"[a-z]+", name.lower())) - COUNCIL_WORDS
