"""What is to be done on the day of a merger, with everything that is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.registry.mergers.schemas import Mistake, NewBody, NewLink, NewMerger
from shared.errors import FieldError, Problem

DAY = timedelta(days=1)
CLOSING = "succeeded_by"


@dataclass(frozen=True, slots=True)
class Found:
    """Something that is wrong, and where."""

    problem: type[Problem]
    pointer: str
    detail: str | None = None

    def told(self) -> Mistake:
        """Return it as it is told."""
        return Mistake(
            code=self.problem.code, pointer=self.pointer, detail=self.detail or self.problem.sentence()
        )


@dataclass(slots=True)
class Opening:
    """A body that opens: a new one, or one that a correction keeps."""

    id: UUID
    new: NewBody
    at: str
    region: UUID | None = None
    region_name: str | None = None
    residents: int | None = None


@dataclass(frozen=True, slots=True)
class Passing:
    """What passes from one body to another."""

    before: UUID
    after: UUID
    given: NewLink


@dataclass
class Plan:
    """What is to be done on the day."""

    new: NewMerger
    edition: str
    openings: dict[str, Opening] = field(default_factory=dict)
    passings: list[Passing] = field(default_factory=list)
    # The predecessors as they are on the eve, and the successors that are open already, as on the day.
    before: dict[UUID, Any] = field(default_factory=dict)
    after: dict[UUID, Any] = field(default_factory=dict)
    mistakes: list[Found] = field(default_factory=list)

    @property
    def day(self) -> date:
        """The first day of the successors."""
        return self.new.effective_on

    @property
    def bodies(self) -> list[Opening]:
        """The bodies that open, each once, however many codes it has."""
        return list({each.id: each for each in self.openings.values()}.values())

    @property
    def opened(self) -> set[UUID]:
        """The bodies that open."""
        return {each.id for each in self.openings.values()}

    @property
    def closing(self) -> set[UUID]:
        """The bodies that close on the eve."""
        return {each.before for each in self.passings if each.given.kind == CLOSING}

    @property
    def changing(self) -> set[UUID]:
        """The bodies that stay open with another boundary."""
        return ({each.before for each in self.passings} - self.closing) | set(self.after)

    def heirs(self, body: UUID) -> list[UUID]:
        """Return what a body passes to."""
        return [each.after for each in self.passings if each.before == body]

    def wrong(self, problem: type[Problem], pointer: str, detail: str | None = None) -> None:
        """Note that something is wrong."""
        self.mistakes.append(Found(problem, pointer, detail))

    def residents_after(self, body: UUID) -> int | None:
        """Return how many residents a body has from the day on; None when that is not known."""
        parts = [
            part(self.before[each.before], each.given.share) for each in self.passings if each.after == body
        ]
        if body not in self.opened:
            own = self.before.get(body) or self.after[body]
            parts.append(part(own, 1 - sum(p.given.share for p in self.passings if p.before == body)))
        known = [each for each in parts if each is not None]
        return round(sum(known)) if len(known) == len(parts) else None


def part(row: Any, share: float) -> float | None:
    """Return a share of a body's residents, if they are known."""
    return row.residents * share if row.residents is not None else None


def refuse(mistakes: Sequence[Found]) -> None:
    """Refuse as the first mistake wants it, naming all of them."""
    if not mistakes:
        return
    told = [each.told() for each in mistakes]
    named = [FieldError(pointer=each.pointer, detail=each.detail) for each in told]
    raise mistakes[0].problem(told[0].detail, errors=named)
