"""The registers that the registry is filled from: what each covers, and the day for which it says so."""

from datetime import date, datetime

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.models import Base
from shared.columns import free_text, machine, name_text


class Register(Base):
    """A file of facts that was imported, as the list of registers beside it describes it."""

    __tablename__ = "register"

    file: Mapped[str] = mapped_column(primary_key=True, info=machine(public=True))
    name: Mapped[str] = mapped_column(info=name_text(public=True))
    publisher: Mapped[str] = mapped_column(info=name_text(public=True))
    covers: Mapped[str] = mapped_column(info=free_text(personal=False, public=True))
    # The first day of which it says anything, and the last: empty where that is not known.
    covers_from: Mapped[date | None]
    as_of: Mapped[date | None]
    licence: Mapped[str] = mapped_column(info=name_text(public=True))
    address: Mapped[str | None] = mapped_column(info=name_text(public=True))
    next_update: Mapped[date | None]
    rows: Mapped[int]
    # A hash of the file, and since when the registry has it as it is: the same again is no news.
    digest: Mapped[str] = mapped_column(info=machine())
    imported_at: Mapped[datetime] = mapped_column(server_default=func.now())
