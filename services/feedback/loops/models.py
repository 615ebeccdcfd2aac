"""What the loop service tells of steps, decisions and promises: copies of public facts."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.feedback.models import Base
from shared.columns import coded


class LoopMoment(Base):
    """When something first happened to a loop."""

    __tablename__ = "loop_moment"

    loop_id: Mapped[UUID] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(primary_key=True, info=coded())
    at: Mapped[datetime]


class LoopDecision(Base):
    """A decision in a loop, by its id."""

    __tablename__ = "loop_decision"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    loop_id: Mapped[UUID] = mapped_column(index=True)
    answer: Mapped[str | None] = mapped_column(info=coded())
    decided_on: Mapped[date]
    revisit_on: Mapped[date | None]


class LoopPromise(Base):
    """A commitment in a loop, by its id, and what last happened to it."""

    __tablename__ = "loop_promise"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    loop_id: Mapped[UUID] = mapped_column(index=True)
    latest: Mapped[str] = mapped_column(info=coded())
    owner_organisation_id: Mapped[UUID]
    due_on: Mapped[date]
    original_due_on: Mapped[date]
    slips: Mapped[int]
