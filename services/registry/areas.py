"""Tables of the small areas of England: in which bodies they lie, and which places lie in them."""

from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Index, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.models import Base
from shared.columns import coded, name_text


class SmallArea(Base):
    """A small area of the census (LSOA 2021), by which places are found."""

    __tablename__ = "small_area"

    # As `area` is compared: else its index would not serve to find the area of a place.
    code: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True, info=coded(public=True))
    name: Mapped[str] = mapped_column(info=name_text(public=True))
    deprivation_decile: Mapped[int | None] = mapped_column(SmallInteger)
    residents: Mapped[int | None]


class AreaShare(Base):
    """In which body of an edition an area lies: a small area, a postcode sector or an outward code."""

    __tablename__ = "area_share"

    area: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True, info=coded())
    edition: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True, info=coded(public=True))
    body_id: Mapped[UUID] = mapped_column(ForeignKey("body.id"), primary_key=True)
    share: Mapped[float]


class Postcode(Base):
    """A live postcode, without its space, and the small area that it lies in."""

    __tablename__ = "postcode"

    postcode: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True, info=coded())
    area: Mapped[str] = mapped_column(Text(collation="C"), info=coded())


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
