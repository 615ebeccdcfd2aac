"""The table of suggestions: what anybody says about a body, waiting for a steward."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.models import Base
from shared.clock import now
from shared.db import Versioned


class Suggestion(Versioned, Base):
    """What somebody suggests; nobody sees it but stewards, until one of them takes it up."""

    __tablename__ = "suggestion"
    __table_args__ = (
        Index("ix_suggestion_state_id", "state", "id"),
        Index("ix_suggestion_body_id_state", "body_id", "state"),
    )

    body_id: Mapped[UUID] = mapped_column(ForeignKey("body.id"))
    what: Mapped[str]
    # Forgotten some time after it was refused: it may name somebody.
    value: Mapped[str | None]
    # Of a leader.
    role: Mapped[str | None]
    # Of a way to reach the body.
    channel: Mapped[str | None]
    purpose: Mapped[str | None]
    source_url: Mapped[str | None]
    note: Mapped[str | None]
    # A keyed hash of the code by which the suggester sees what became of it.
    code_ref: Mapped[str] = mapped_column(Text(collation="C"), unique=True)
    state: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    # The appointment or contact that came of it.
    result_id: Mapped[UUID | None]
    act_id: Mapped[UUID | None]
    # The client of the steward who decided.
    decided_by: Mapped[UUID | None]
