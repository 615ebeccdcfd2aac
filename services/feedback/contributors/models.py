"""Whether each contributor can be told, as the teller assessed it; never their address."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.feedback.models import Base
from shared.columns import coded, machine
from shared.db import Versioned
from shared.events.feedback import FailedReason, HeldReason, ReachState

# What a stale reach has: a moment before the settings of any teller were read.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Reach(Versioned, Base):
    """Whether mail reaches the contributor of a piece of feedback, and which mailed code they have."""

    __tablename__ = "reach"
    # What other settings assessed is found at both ends of the index; nothing is, where all is assessed.
    __table_args__ = (Index("ix_reach_gate_gate_read_at", "gate", "gate_read_at"),)

    feedback_id: Mapped[UUID] = mapped_column(unique=True)
    # Null until it is assessed for the first time.
    state: Mapped[ReachState | None] = mapped_column(Text, info=coded())
    reason: Mapped[FailedReason | HeldReason | None] = mapped_column(Text, info=coded())
    person_ref: Mapped[str | None] = mapped_column(index=True, info=machine(personal=True))
    # When the mail server refused the address for good; it is forgotten when a mail is taken.
    refused_at: Mapped[datetime | None]
    # How many addresses the contributor has had: each has a mailed code of its own.
    address_number: Mapped[int] = mapped_column(server_default="0")
    mailed_ref: Mapped[str | None] = mapped_column(unique=True, info=machine(in_event=True))
    # The settings by which it was assessed, and when the teller read them; empty where it is stale.
    gate: Mapped[str] = mapped_column(server_default="", info=machine())
    gate_read_at: Mapped[datetime] = mapped_column(server_default="epoch")
