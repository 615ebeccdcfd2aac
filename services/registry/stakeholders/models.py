"""The table of stakeholders: groups that reach people, and how they want to be approached."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.models import Base
from shared.clock import now
from shared.db import Versioned


class Stakeholder(Versioned, Base):
    """A group, whom it reaches and how it wants to be approached; its address only with its consent."""

    __tablename__ = "stakeholder"
    __table_args__ = (
        Index("ix_stakeholder_footprints", "footprints", postgresql_using="gin"),
        Index("ix_stakeholder_languages", "languages", postgresql_using="gin"),
        Index("ix_stakeholder_words", "words", postgresql_using="gin"),
        Index(
            "ix_stakeholder_consent_expires_on",
            "consent_expires_on",
            postgresql_where=text("address IS NOT NULL"),
        ),
    )

    name: Mapped[str]
    # Its body in the registry, where it has one.
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("body.id"), index=True)
    footprints: Mapped[list[UUID]]
    reaches: Mapped[list[str]]
    interests: Mapped[list[str]]
    languages: Mapped[list[str]]
    # The words of its name (A), of whom it reaches (B) and of its interests (C).
    words: Mapped[str | None] = mapped_column(TSVECTOR, deferred=True)
    approach: Mapped[str | None]
    support_needed: Mapped[str | None]
    capacity: Mapped[str | None]
    no_capacity: Mapped[bool] = mapped_column(default=False)
    paid: Mapped[str]
    channel: Mapped[str | None]
    address: Mapped[str | None]
    consent_given_on: Mapped[date | None]
    consent_expires_on: Mapped[date | None]
    # When it was told that the consent would soon expire.
    expiring_told_at: Mapped[datetime | None]
    source: Mapped[str]
    registered_at: Mapped[datetime] = mapped_column(default=now)
    ended_on: Mapped[date | None]
