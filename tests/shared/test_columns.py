"""What is said of a column once is derived wherever it matters."""

from typing import ClassVar
from uuid import UUID

import pytest
from sqlalchemy import JSON, Column, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.columns import (
    coded,
    erased_values,
    event_columns,
    free_text,
    json_columns,
    machine,
    masked_columns,
    needs_class,
    plain,
    public_columns,
    revised_columns,
)


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = {list[str]: ARRAY(Text), dict[str, str]: JSON}


class Note(Base):
    __tablename__ = "note"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    words: Mapped[str | None] = mapped_column(info=free_text(revised=True, public=True))
    places: Mapped[list[str]] = mapped_column(info=free_text())
    statement: Mapped[str] = mapped_column(info=free_text(personal=False, public=True))
    language: Mapped[str] = mapped_column(info=coded(personal=True, erased_to="und", revised=True))
    kind: Mapped[str] = mapped_column(info=coded(in_event=True))
    settings: Mapped[dict[str, str]] = mapped_column(info=machine())
    urgent: Mapped[bool] = mapped_column(info=plain(in_event=True, personal=True, erased_to=False))
    forgotten: Mapped[str]


def test_words_are_masked_unless_they_are_public_prose() -> None:
    assert masked_columns(Note) == {"words", "places"}


def test_erasure_empties_what_is_personal() -> None:
    empty: dict[str, object] = {"words": None, "places": [], "language": "und", "urgent": False}
    assert erased_values(Note) == empty


def test_revisions_events_answers_and_json_follow_the_columns() -> None:
    assert revised_columns(Note) == ("words", "language")
    assert event_columns(Note) == ("kind", "urgent")
    assert public_columns(Note) == {"words", "statement"}
    assert json_columns(Note) == {"settings"}


def test_an_event_carries_no_words() -> None:
    with pytest.raises(ValueError, match="carries no words"):
        free_text(in_event=True)


@pytest.mark.parametrize(("kind", "needed"), [(Text(), True), (ARRAY(Text), True), (JSON(), True)])
def test_text_and_json_without_a_class_are_known(kind: Text, needed: bool) -> None:
    assert needs_class(Column("x", kind)) is needed


def test_a_column_without_a_class_is_found() -> None:
    assert [each.name for each in Base.metadata.tables["note"].columns if needs_class(each)] == ["forgotten"]
