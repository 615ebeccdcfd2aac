"""Suggestions that people refused, and the models that trusts trained on their own labels."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.feedback.models import Base
from shared.columns import coded, machine


class ThemeRefusal(Base):
    """A theme that a model suggested and a person refused: an example to learn from, and nothing else."""

    __tablename__ = "theme_refusal"

    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedback.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True, info=coded())
    suggested_by: Mapped[str] = mapped_column(info=machine())
    score: Mapped[float]
    # The pseudonym of the person, and the organisation that they acted for.
    refused_by: Mapped[str] = mapped_column(info=machine())
    refused_by_id: Mapped[UUID | None]
    refused_at: Mapped[datetime]


class OwnThemeModel(Base):
    """The model that an organisation trained, with its card: numbers by bucket, and no words."""

    __tablename__ = "own_theme_model"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(info=machine())
    weights: Mapped[bytes]
    card: Mapped[str] = mapped_column(info=machine())
    trained_at: Mapped[datetime]
