"""The table of disputes: where two sources differ about one body."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.models import Base
from shared.columns import coded, free_text, machine, name_text
from shared.db import Versioned


class Dispute(Versioned, Base):
    """A fact about which a file and the registry differ. Each import finds those of its files."""

    __tablename__ = "dispute"
    __table_args__ = (UniqueConstraint("body_id", "fact", "theirs_from", "theirs"),)

    body_id: Mapped[UUID] = mapped_column(ForeignKey("body.id"))
    fact: Mapped[str] = mapped_column(info=coded())
    # What the registry says, and from where: a file, or `steward`. Empty: it says nothing.
    ours: Mapped[str | None] = mapped_column(info=name_text())
    ours_from: Mapped[str] = mapped_column(info=machine())
    # What the file says. Of leaders and contacts only where: a person may be withdrawn here.
    theirs: Mapped[str] = mapped_column(info=name_text())
    theirs_from: Mapped[str] = mapped_column(info=machine())
    line: Mapped[int | None]
    since: Mapped[datetime]
    # That ours stands, and why; whoever says so is a steward's client.
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None]
    reason: Mapped[str | None] = mapped_column(info=free_text(personal=False))
