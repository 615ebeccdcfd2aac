"""The table of knocks: tries to reach a body by one of its contacts, and what came of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.models import Base
from shared.clock import now
from shared.columns import coded
from shared.db import Versioned


class Knock(Versioned, Base):
    """A try to reach a body by a contact, and its outcome. What was said is never kept."""

    __tablename__ = "knock"
    __table_args__ = (
        Index("ix_knock_contact_id_knocked_at", "contact_id", "knocked_at"),
        Index("ix_knock_body_id_knocked_at", "body_id", "knocked_at"),
        Index("ix_knock_client_id_id", "client_id", "id"),
        Index("ix_knock_waiting", "knocked_at", postgresql_where=text("outcome IS NULL")),
    )

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contact.id"))
    body_id: Mapped[UUID] = mapped_column(ForeignKey("body.id"))
    client_id: Mapped[UUID]
    organisation_id: Mapped[UUID | None]
    knocked_at: Mapped[datetime]
    # `person`, `automatic`, `bounced` or `silence`; empty while an answer may still come.
    outcome: Mapped[str | None] = mapped_column(info=coded())
    answered_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime] = mapped_column(default=now)
