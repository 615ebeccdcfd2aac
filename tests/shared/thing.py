"""A small service that only the tests of the plumbing have: one table, one event."""

from uuid import UUID

from pydantic_settings import SettingsConfigDict
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.db import COLUMN_TYPES, NAMING, Versioned
from shared.events.loop import LoopDrafted
from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of the small service."""

    model_config = SettingsConfigDict(env_prefix="PROBE_", frozen=True)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = COLUMN_TYPES


class Thing(Versioned, Base):
    """The aggregate of the small service."""

    __tablename__ = "thing"

    name: Mapped[str]


class ThingCopy(Base):
    """A copy of a thing, as another service would keep it."""

    __tablename__ = "thing_copy"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    name: Mapped[str]


def drafted(thing):
    """An event of the thing."""
    return LoopDrafted(
        loop_id=thing.id, state="draft", organisation_id=None, footprint_id=None, feedback_ids=()
    )
