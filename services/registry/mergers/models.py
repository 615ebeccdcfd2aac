"""The table of declared mergers: what is to become of which bodies, and when."""

from datetime import date, datetime
from typing import Generic, TypeVar
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from services.registry.mergers.schemas import Declaration, EarlierDeclaration
from services.registry.models import Base
from shared.clock import now
from shared.columns import free_text
from shared.db import Versioned

Shape = TypeVar("Shape")
WORDS = free_text(personal=False, public=True)


class Document(TypeDecorator[Shape], Generic[Shape]):
    """Something that has a shape of its own, kept as JSON."""

    impl = JSONB
    cache_ok = True

    def __init__(self, shape: type[Shape]) -> None:
        super().__init__()
        self.shape, self.adapter = shape, TypeAdapter(shape)

    def process_bind_param(self, value: Shape | None, _: Dialect) -> object:
        """What the database keeps."""
        return None if value is None else self.adapter.dump_python(value, mode="json")

    def process_result_value(self, value: object, _: Dialect) -> Shape | None:
        """What the database kept."""
        return None if value is None else self.adapter.validate_python(value)


class Merger(Versioned, Base):
    """Mergers and splits of one day that were declared together; until that day they can be withdrawn."""

    __tablename__ = "merger"

    effective_on: Mapped[date]
    # By the names and codes of the time; also what was declared before each correction, the oldest first.
    declaration: Mapped[Declaration] = mapped_column(Document(Declaration), info=WORDS)
    earlier: Mapped[list[EarlierDeclaration]] = mapped_column(Document(list[EarlierDeclaration]), info=WORDS)
    # The act that declared it or corrected it last: a withdrawal undoes it.
    act_id: Mapped[UUID]
    # The bodies that close and whose days a steward had set before: a withdrawal leaves them so.
    dated_by_hand: Mapped[list[UUID]]
    declared_at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_at: Mapped[datetime | None]
    # When the registry published, on its day, what changed with it.
    published_at: Mapped[datetime | None]

    @property
    def opened(self) -> dict[str, UUID]:
        """The ids of the bodies that open with it, by ODS code."""
        opened = self.declaration.opened
        return {each.codes.ods: each.id for each in opened if each.codes.ods and each.id}

    @property
    def closing_ids(self) -> set[UUID]:
        """The ids of the bodies that close with it."""
        return {each.id for each in self.declaration.closes if each.id}
