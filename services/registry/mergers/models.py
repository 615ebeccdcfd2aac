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
    state: Mapped[str]
    # The links as they were declared: predecessor, successor, share, and the successor's name and codes.
    declared: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    source: Mapped[str]
    declared_at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_at: Mapped[datetime | None]
    act_id: Mapped[UUID]
