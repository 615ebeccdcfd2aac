"""Tables of the small areas of England: in which bodies they lie, and which places lie in them."""

from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Index, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.models import Base
from shared.columns import coded, machine, name_text


class SmallArea(Base):
    """A small area of the census (LSOA 2021), by which places are found."""

    __tablename__ = "small_area"

    # As `area` is compared: else its index would not serve to find the area of a place.
    code: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True, info=coded(public=True))
    name: Mapped[str] = mapped_column(info=name_text(public=True))
    deprivation_decile: Mapped[int | None] = mapped_column(SmallInteger)
    residents: Mapped[int | None]
    # The wards and constituencies that it is in (JSON): kind, edition, code, name and share of each.
    electoral_areas: Mapped[str] = mapped_column(server_default="[]", info=machine(public=True))


class AreaShare(Base):
    """In which body of an edition an area lies: a small area, a postcode sector or an outward code."""

    __tablename__ = "area_share"

    area: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True, info=coded())
    edition: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True, info=coded(public=True))
    body_id: Mapped[UUID] = mapped_column(ForeignKey("body.id"), primary_key=True)
    share: Mapped[float]


class Postcode(Base):
    """A postcode, without its space, and the small area that it lies in."""

    __tablename__ = "postcode"

    postcode: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True, info=coded())
    area: Mapped[str] = mapped_column(Text(collation="C"), info=coded())
    # Others have ended, or are of a large organisation or a box: the source does not say which.
    is_live: Mapped[bool] = mapped_column(default=True)


class ConstituencyException(Base):
    """A postcode that is in another constituency than most of its small area."""

    __tablename__ = "constituency_exception"

    postcode: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True, info=coded())
    constituency: Mapped[str] = mapped_column(info=coded(public=True))


class OutsidePart(Base):
    """A part of a postcode that is outside England, wholly or in part, or a code that stands for no place."""

    __tablename__ = "outside_part"

    # An outward code, a sector, or a whole code.
    part: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True, info=coded(public=True))
    country: Mapped[str | None] = mapped_column(info=coded(public=True))
    # What a code stands for that is no place.
    meaning: Mapped[str | None] = mapped_column(info=coded(public=True))
    # Whether all of it is there.
    is_certain: Mapped[bool]


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
