"""The table of known positions, by which the area of a place on the map is found."""

from sqlalchemy import Identity, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.models import Base


class KnownPosition(Base):
    """Where a postcode with a known position is, and the small area that it lies in."""

    __tablename__ = "known_position"
    __table_args__ = (
        Index("ix_known_position_point", text("point(longitude, latitude)"), postgresql_using="gist"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    area: Mapped[str] = mapped_column(Text(collation="C"))
    latitude: Mapped[float]
    longitude: Mapped[float]
