"""The table of stakeholders: groups that reach people, and how to approach them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.models import Base
from shared.clock import now
from shared.columns import coded, free_text, machine, name_text
from shared.db import Versioned


class Stakeholder(Versioned, Base):
    """A group, the people it reaches and how to approach it. Its address needs its consent."""

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

    name: Mapped[str] = mapped_column(info=name_text(public=True))
    # Its body in the registry, if it has one.
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("body.id"), index=True)
    footprints: Mapped[list[UUID]]
    reaches: Mapped[list[str]] = mapped_column(info=name_text(public=True, in_event=True))
    interests: Mapped[list[str]] = mapped_column(info=name_text(public=True))
    languages: Mapped[list[str]] = mapped_column(info=coded(public=True, in_event=True))
    # The words of its name (A), of the people it reaches (B) and of its interests (C).
    words: Mapped[str | None] = mapped_column(TSVECTOR, deferred=True, info=machine())
    approach: Mapped[str | None] = mapped_column(info=free_text(personal=False, public=True))
    support_needed: Mapped[str | None] = mapped_column(info=free_text(personal=False, public=True))
    capacity: Mapped[str | None] = mapped_column(info=free_text(personal=False, public=True))
    no_capacity: Mapped[bool] = mapped_column(default=False)
    paid: Mapped[str] = mapped_column(info=coded(public=True))
    channel: Mapped[str | None] = mapped_column(info=coded())
    address: Mapped[str | None] = mapped_column(info=name_text(personal=True))
    consent_given_on: Mapped[date | None]
    consent_expires_on: Mapped[date | None]
    # When an event said that the consent would soon end.
    expiring_told_at: Mapped[datetime | None]
    source: Mapped[str] = mapped_column(info=name_text(public=True))
    registered_at: Mapped[datetime] = mapped_column(default=now)
    ended_on: Mapped[date | None]
