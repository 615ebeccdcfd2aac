"""The table of cases: what the rules have to answer, so that an edit does not change what nobody meant to."""

from collections.abc import Iterator
from pathlib import Path as File
from typing import Annotated

from pydantic import Field

from services.registry.routing.reading import read
from services.registry.routing.rules import Level, Matter, Name, Path, RuleBook, Shape, Text


class Case(Shape):
    """A case, and whom the answer has to name in which order."""

    id: Name
    place: Text
    matter: Matter
    topic: Text | None = None
    level: Level = "local"
    expect: Annotated[list[Name], Field(min_length=1)]
    # Words that the first reason has to hold.
    first_why: Text


class Table(Shape):
    """All cases."""

    cases: Annotated[list[Case], Field(min_length=1)]


def read_cases(file: File) -> list[Case]:
    """Return the cases of a file; RulesBroken when they cannot be read."""
    return read(file, Table, twice).cases


def twice(table: Table) -> Iterator[tuple[Path, str]]:
    """Yield the cases that are called like another one."""
    seen: set[str] = set()
    for number, case in enumerate(table.cases):
        if case.id in seen:
            yield ("cases", number, "id"), f"another case is called `{case.id}` already"
        seen.add(case.id)


def failures(book: RuleBook, cases: list[Case]) -> Iterator[str]:
    """Yield a sentence for each case that the rules answer otherwise."""
    for case in cases:
        topic = book.topic_of(case.topic) if case.topic else None
        if case.topic and topic is None:
            yield f"{case.id}: no topic is called `{case.topic}`"
            continue
        rule = book.rule_for(case.matter, topic, case.level)
        answered = [step.to for step in rule.steps]
        if answered != case.expect:
            yield f"{case.id}: expected {case.expect}, but rule {rule.id} says {answered}"
        elif case.first_why.lower() not in rule.steps[0].why.lower():
            yield f"{case.id}: the first reason of rule {rule.id} does not say `{case.first_why}`"
