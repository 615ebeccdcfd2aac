"""Tables of what is kept of figures: marks, what each loop added, and the sums."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.loop.records import Base
from shared.columns import coded, machine

__all__ = ["Base"]

# Whether figures count loops by the day on which they opened, or people by that on which their loop closed.
Counted = Literal["opened", "closed"]


class LoopToCount(Base):
    """A mark that a loop, or a piece of feedback in loops, changed after it was counted, by triggers."""

    __tablename__ = "loop_to_count"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    changed_id: Mapped[UUID]
    marked_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class LoopCounted(Base):
    """What one public loop adds to the sums, as they hold it."""

    __tablename__ = "loop_counted"
    __table_args__ = (Index("ix_loop_counted_whose_closed_in", "whose", "closed_in"),)

    loop_id: Mapped[UUID] = mapped_column(primary_key=True)
    whose: Mapped[str] = mapped_column(info=machine())
    opened_on: Mapped[date | None] = mapped_column(index=True)
    # The quarter in which a loop with a concern closed: its people are counted then.
    closed_in: Mapped[date | None]
    # Until when it adds this, if nothing happens to it: then a limit passes.
    counted_until: Mapped[datetime | None] = mapped_column(index=True)
    cells: Mapped[dict[str, int]] = mapped_column(JSONB, info=machine())


class LoopSum(Base):
    """What the loops of a body, of a place or all add together, in the month or quarter that begins then."""

    __tablename__ = "loop_sum"

    whose: Mapped[str] = mapped_column(primary_key=True, info=machine())
    counted: Mapped[Counted] = mapped_column(Text, primary_key=True, info=coded())
    since: Mapped[date] = mapped_column(primary_key=True)
    cells: Mapped[dict[str, int]] = mapped_column(JSONB, info=machine())
