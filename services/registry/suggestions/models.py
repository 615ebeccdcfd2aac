"""The table of suggestions: what anybody says about a body, until a steward decides."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.models import Base
from shared.clock import now
from shared.columns import coded, free_text, machine, name_text
from shared.db import Versioned


class Suggestion(Versioned, Base):
    """What somebody suggests. Only stewards see it until one of them accepts it."""

    __tablename__ = "suggestion"
    __table_args__ = (
        Index("ix_suggestion_state_id", "state", "id"),
        Index("ix_suggestion_body_id_state", "body_id", "state"),
        Index("ix_suggestion_sender_state", "sender", "state"),
    )

    body_id: Mapped[UUID] = mapped_column(ForeignKey("body.id"))
    what: Mapped[str] = mapped_column(info=coded())
    # It may name somebody: it is emptied some time after a refusal.
    value: Mapped[str | None] = mapped_column(info=name_text(personal=True))
    # For a leader.
    role: Mapped[str | None] = mapped_column(info=name_text())
    # For a contact.
    channel: Mapped[str | None] = mapped_column(info=coded())
    purpose: Mapped[str | None] = mapped_column(info=coded())
    source_url: Mapped[str | None] = mapped_column(info=name_text())
    note: Mapped[str | None] = mapped_column(info=free_text())
    # The client, or the gateway's mark of a network: for 30 days, and shown to nobody.
    sender: Mapped[str | None] = mapped_column(info=machine(personal=True))
    # The keyed hash of the code that shows what became of it.
    code_ref: Mapped[str] = mapped_column(Text(collation="C"), unique=True, info=machine())
    state: Mapped[str] = mapped_column(info=coded())
    made_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(info=free_text(personal=False))
    # The appointment or contact that came of it.
    result_id: Mapped[UUID | None]
    act_id: Mapped[UUID | None]
    # The client of the steward who decided.
    decided_by: Mapped[UUID | None]
    # The sweep that refused it with others.
    sweep_id: Mapped[UUID | None] = mapped_column(index=True)
