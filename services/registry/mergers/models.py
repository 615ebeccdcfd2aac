"""The table of declared mergers: what is to become of which bodies, and when."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.models import Base
from shared.clock import now
from shared.db import Versioned


class Merger(Versioned, Base):
    """Mergers and splits of one day that were declared together; until that day they can be withdrawn."""

    __tablename__ = "merger"

    effective_on: Mapped[date]
    # The edition of the boundaries that starts with it, such as `ICB2027`.
    edition: Mapped[str]
    reason: Mapped[str]
    source: Mapped[str]
    # What was declared, by the names and codes of the time: which bodies open, and what passes to whom.
    opened: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    links: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    organisations: Mapped[int]
    # What to undo when it is withdrawn: bodies closed, facts ended, facts brought (see `Written`).
    written: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # What was declared before it was corrected, the first one first.
    earlier: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    declared_at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_at: Mapped[datetime | None]
    # When it was told, on its day, what changed with it.
    told_at: Mapped[datetime | None]
    act_id: Mapped[UUID]
