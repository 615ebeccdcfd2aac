"""Rules by which a body publishes what needs no look, and who made them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.feedback.models import Base
from shared.columns import coded, machine


class PublishingRule(Base):
    """What a body publishes by rule: made by a person, and in force until a person ends it."""

    __tablename__ = "publishing_rule"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(index=True)
    kinds: Mapped[list[str]] = mapped_column(info=coded())
    source_id: Mapped[UUID | None]
    only_scores: Mapped[bool]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(info=machine())
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(info=machine())
