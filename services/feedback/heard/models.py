"""Tables of who was heard: the quarters that are closed, and how many people said what of themselves."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.feedback.models import Base
from shared.columns import coded


class HeardQuarter(Base):
    """A quarter of which it is known who was heard; it never changes."""

    __tablename__ = "heard_quarter"

    quarter: Mapped[date] = mapped_column(primary_key=True)
    # By how many the true count can be higher than one that is shown.
    hides: Mapped[int]
    closed_at: Mapped[datetime]


class HeardCount(Base):
    """How many pieces about a footprint were from people who said this of themselves: so many at least."""

    __tablename__ = "heard_count"

    footprint_id: Mapped[UUID] = mapped_column(primary_key=True)
    quarter: Mapped[date] = mapped_column(primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True, info=coded())
    code: Mapped[str] = mapped_column(primary_key=True, info=coded())
    n: Mapped[int]
