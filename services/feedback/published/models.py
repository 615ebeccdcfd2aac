"""Tables of published counts: figures about services, from files that NHS England published; no feedback."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.feedback.models import Base
from services.feedback.published.schemas import CareService, Figure, Level
from shared.columns import coded, name_text


class PublishedEdition(Base):
    """A file of one service and month; a later one replaces it in answers."""

    __tablename__ = "published_edition"
    __table_args__ = (UniqueConstraint("service", "month", "edition"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    service: Mapped[CareService] = mapped_column(Text, info=coded())
    month: Mapped[date] = mapped_column(Date)
    edition: Mapped[int]
    digest: Mapped[bytes]
    loaded_at: Mapped[datetime]
    is_current: Mapped[bool]


class PublishedCount(Base):
    """One row of such a file."""

    __tablename__ = "published_count"
    __table_args__ = (
        Index("ix_published_count_footprint_id", "footprint_id", "month", "id"),
        Index("ix_published_count_organisation_id", "organisation_id", "month", "id"),
        Index("ix_published_count_month", "month", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    edition_id: Mapped[UUID] = mapped_column(
        ForeignKey("published_edition.id", ondelete="CASCADE"), index=True
    )
    month: Mapped[date] = mapped_column(Date)
    level: Mapped[Level] = mapped_column(Text, info=coded())
    # By their codes on the first day of the month; null where the registry does not know them.
    organisation_id: Mapped[UUID | None]
    footprint_id: Mapped[UUID | None]
    icb_code: Mapped[str | None] = mapped_column(info=coded())
    trust_code: Mapped[str | None] = mapped_column(info=coded())
    site_code: Mapped[str | None] = mapped_column(info=coded())
    name: Mapped[str] = mapped_column(info=name_text())
    figures: Mapped[dict[str, Figure]] = mapped_column(JSONB, info=coded())
    modes: Mapped[dict[str, Figure]] = mapped_column(JSONB, info=coded())
    said_in: Mapped[PublishedEdition] = relationship(lazy="raise")

    @property
    def service(self) -> CareService:
        """The service that it is about."""
        return self.said_in.service

    @property
    def edition(self) -> int:
        """The number of its file among those of the month."""
        return self.said_in.edition
