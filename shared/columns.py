"""What a column holds, said once at the column: masks, erasure, revisions and events are derived from it."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TypedDict, Unpack

from sqlalchemy import ARRAY, JSON, Column, String
from sqlalchemy.orm import DeclarativeBase

CLASS = "class"


class Content(StrEnum):
    """Whose words, or what else, a column holds."""

    FREE_TEXT = "free text"
    NAME = "name"
    CODE = "code"
    MACHINE = "machine"
    PLAIN = "plain"


class Traits(TypedDict, total=False):
    """The traits of a column besides its content; a trait that is left out is false."""

    personal: bool
    erased_to: object
    revised: bool
    public: bool
    in_event: bool


@dataclass(frozen=True, slots=True)
class ColumnClass:
    """The class of one column.

    `personal`: it says who a person is or what happened to them, and erasure empties it (to `erased_to`).
    `revised`: a revision replaces it and keeps what stood there. `public`: everyone may see it in answers and
    exports of a published row. `in_event`: the row's events carry it.
    """

    content: Content
    personal: bool = False
    erased_to: object = None
    revised: bool = False
    public: bool = False
    in_event: bool = False

    def __post_init__(self) -> None:
        if self.content is Content.FREE_TEXT and self.in_event:
            raise ValueError("an event carries no words that people write")


Info = dict[str, ColumnClass]


def free_text(**traits: Unpack[Traits]) -> Info:
    """Words that people write: personal and masked unless `personal=False` says that they are public."""
    traits.setdefault("personal", True)
    return {CLASS: ColumnClass(Content.FREE_TEXT, **traits)}


def name_text(**traits: Unpack[Traits]) -> Info:
    """What a body, a system or a person is called, and how it is reached."""
    return {CLASS: ColumnClass(Content.NAME, **traits)}


def coded(**traits: Unpack[Traits]) -> Info:
    """One of a closed list or of a scheme of codes, or JSON that holds nothing else."""
    return {CLASS: ColumnClass(Content.CODE, **traits)}


def machine(**traits: Unpack[Traits]) -> Info:
    """What programs write for programs: ids, hashes, addresses of the protocol, settings."""
    return {CLASS: ColumnClass(Content.MACHINE, **traits)}


def plain(**traits: Unpack[Traits]) -> Info:
    """A date, a number or a flag; it needs a class only when one of the traits is true of it."""
    return {CLASS: ColumnClass(Content.PLAIN, **traits)}


@cache
def classes_of(model: type[DeclarativeBase]) -> dict[str, ColumnClass]:
    """The class of each classified column of a table, by the column's name."""
    return {column.key: column.info[CLASS] for column in model.__table__.columns if CLASS in column.info}


@cache
def masked_columns(model: type[DeclarativeBase]) -> frozenset[str]:
    """The columns in which personal data is covered wherever they are shown."""
    classes = classes_of(model).items()
    return frozenset(name for name, held in classes if held.personal and held.content is Content.FREE_TEXT)


@cache
def revised_columns(model: type[DeclarativeBase]) -> tuple[str, ...]:
    """The columns that a revision replaces, in the order of the table."""
    return tuple(name for name, held in classes_of(model).items() if held.revised)


@cache
def public_columns(model: type[DeclarativeBase]) -> frozenset[str]:
    """The columns that everyone may see of a published row."""
    return frozenset(name for name, held in classes_of(model).items() if held.public)


@cache
def event_columns(model: type[DeclarativeBase]) -> tuple[str, ...]:
    """The columns that the row's events carry, in the order of the table."""
    return tuple(name for name, held in classes_of(model).items() if held.in_event)


@cache
def json_columns(model: type[DeclarativeBase]) -> frozenset[str]:
    """The columns that the driver takes as JSON text."""
    return frozenset(column.key for column in model.__table__.columns if isinstance(column.type, JSON))


def erased_values(model: type[DeclarativeBase]) -> dict[str, object]:
    """What each personal column holds after erasure: `erased_to`, or an empty list if it cannot be null."""
    columns = model.__table__.columns
    return {
        name: [] if held.erased_to is None and not columns[name].nullable else held.erased_to
        for name, held in classes_of(model).items()
        if held.personal
    }


def needs_class(column: Column[object]) -> bool:
    """Whether a column must say what it holds: text, lists of text and JSON must."""
    kind = column.type.item_type if isinstance(column.type, ARRAY) else column.type
    return isinstance(kind, String | JSON) and CLASS not in column.info
