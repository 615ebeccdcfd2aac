"""The table of misroutes: how often a step of a rule led wrong. Nobody keeps who said so."""

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from services.registry.models import Base
from shared.columns import coded


class Misroute(Base):
    """How often one step led wrong in one way, by the rules of one version."""

    __tablename__ = "misroute"

    rules_version: Mapped[str] = mapped_column(primary_key=True, info=coded())
    rule: Mapped[str] = mapped_column(primary_key=True, info=coded())
    went_to: Mapped[str] = mapped_column(primary_key=True, info=coded())
    what_happened: Mapped[str] = mapped_column(primary_key=True, info=coded())
    # Whom it should have named; empty where nobody said.
    should_be: Mapped[str] = mapped_column(primary_key=True, info=coded())
    count: Mapped[int]
    last_on: Mapped[date]
