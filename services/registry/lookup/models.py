"""The table of known positions, which find the area of a place on the map."""

from sqlalchemy import Identity, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.models import Base
from shared.columns import coded


class KnownPosition(Base):
    """The position of a postcode where it is known, and the small area that it lies in."""

    __tablename__ = "known_position"
    __table_args__ = (
        Index("ix_known_position_point", text("point(longitude, latitude)"), postgresql_using="gist"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    area: Mapped[str] = mapped_column(Text(collation="C"), info=coded())
    latitude: Mapped[float]
    longitude: Mapped[float]
