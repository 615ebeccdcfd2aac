"""Tables of the registry: bodies with all that is dated about them, and the small areas of England.

A day in `valid_from` and in `valid_to` is included; NULL means that the beginning is not known or that
no end is known. A body keeps its identity while its codes, name, boundary and legal form change.

What is known has two times: when it held (`valid_from`, `valid_to`) and when the registry said so
(`recorded_at`, `superseded_at`): what is corrected stays as it was said, marked as superseded.
"""

from abc import abstractmethod
from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Identity, Index, MetaData, func
from sqlalchemy.dialects.postgresql import TIMESTAMP, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import ARRAY, BigInteger, Text, Uuid

from shared.clock import now
from shared.columns import coded, free_text, machine, name_text
from shared.db import NAMING, Versioned
from shared.ids import new_id


class Base(DeclarativeBase):
    """Everything that the registry owns."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {
        str: Text,
        datetime: TIMESTAMP(timezone=True),
        list[str]: ARRAY(Text),
        list[UUID]: ARRAY(Uuid),
    }


class Body(Versioned, Base):
    """A body from its opening to its closing: a footprint, an organisation, or both at once."""

    __tablename__ = "body"
    __table_args__ = (Index("ix_body_kind_id", "kind", "id"),)

    # Family, code and opening day: what an import recognises a body by. Registered by hand: its own id.
    key: Mapped[str] = mapped_column(unique=True, info=machine())
    kind: Mapped[str] = mapped_column(info=coded(public=True, in_event=True))
    is_footprint: Mapped[bool]
    is_organisation: Mapped[bool]
    opened_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    # Whether it closed on that very day, and not on an earlier one that nobody knows.
    is_closing_day_known: Mapped[bool] = mapped_column(default=True)
    # Its last day with services, where it went on without any until it closed.
    services_ended_on: Mapped[date | None]
    demonstration: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(info=name_text(public=True))
    # The file that an import knows it from, and the day for which that file said so. Empty: by hand.
    file: Mapped[str] = mapped_column(default="", info=machine())
    known_on: Mapped[date | None]
    # The day of the page that names it, where its file takes each row from another page.
    named_on: Mapped[date | None]
    # Whether a steward set its opening or closing day: an import leaves them alone then.
    dated_by_hand: Mapped[bool] = mapped_column(default=False)
    # When the merger that was to open it was withdrawn: nothing is published of it, but its id stays taken.
    withdrawn_at: Mapped[datetime | None]
    # Where it lies: a small area, or its own id for a body that is an area itself (see `AreaShare`).
    area: Mapped[str | None] = mapped_column(Text(collation="C"), info=coded())


class Recorded:
    """What the registry said, from when until when it said so, and by which act.

    These columns are the provenance of a fact: only the ledger sets them (`services/registry/ledger`).
    """

    if TYPE_CHECKING:
        id: Mapped[int] | Mapped[UUID]
        earlier_form_of: Mapped[int | None] | Mapped[UUID | None]

    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now(), default=now)
    superseded_at: Mapped[datetime | None]
    imported: Mapped[bool] = mapped_column(default=False)
    # The file that says it, as long as no later one says otherwise: an import compares with these.
    file: Mapped[str | None] = mapped_column(info=machine())
    # What a steward did to say it, and to say it no longer (see `Change`); an import needs none.
    act_id: Mapped[UUID | None]
    superseded_by: Mapped[UUID | None]

    @property
    @abstractmethod
    def concerned(self) -> set[UUID]:
        """The bodies that it is about."""


class Dated(Recorded):
    """A fact about a body that holds from one day to another."""

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    # The id of the row in force, on one that was restated.
    earlier_form_of: Mapped[int | None]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]

    @property
    def first_day(self) -> date:
        """Its first day; the first of all when its beginning is not known."""
        return self.valid_from or date.min

    @property
    def last_day(self) -> date:
        """Its last day; the last of all when no end is known."""
        return self.valid_to or date.max


class OwnFact(Dated):
    """A dated fact that is about one body alone."""

    body_id: Mapped[UUID] = mapped_column(ForeignKey("body.id"), index=True)

    @property
    def concerned(self) -> set[UUID]:
        """The body that it is about."""
        return {self.body_id}


class BodyName(OwnFact, Base):
    """What a body was called."""

    __tablename__ = "body_name"
    __table_args__ = (Index("ix_body_name_words", "words", postgresql_using="gin"),)

    name: Mapped[str] = mapped_column(info=name_text(public=True, in_event=True))
    # The first day on which it may have had this name, where the day of the change is not known.
    not_before: Mapped[date | None]
    words: Mapped[str] = mapped_column(
        TSVECTOR,
        Computed("to_tsvector('simple'::regconfig, name)", persisted=True),
        info=machine(),
    )


class BodyCode(OwnFact, Base):
    """A code of a body in a scheme (`ods` or `ons`); it may have belonged to another body before."""

    __tablename__ = "body_code"
    __table_args__ = (Index("ix_body_code_scheme_code", "scheme", "code"),)

    scheme: Mapped[str] = mapped_column(info=coded(public=True))
    code: Mapped[str] = mapped_column(info=coded(public=True, in_event=True))


class LegalForm(OwnFact, Base):
    """What a body was in law."""

    __tablename__ = "legal_form"

    legal_form: Mapped[str] = mapped_column(info=coded(public=True))


class Boundary(OwnFact, Base):
    """The area of a footprint in one edition of the boundaries, such as `STP2016` or `ICB2026`."""

    __tablename__ = "boundary"

    edition: Mapped[str] = mapped_column(index=True, info=coded(public=True, in_event=True))
    region: Mapped[str | None] = mapped_column(info=name_text(public=True, in_event=True))
    residents: Mapped[int | None]


class Relation(Dated, Base):
    """What one body is to another: `succeeded_by`, `services_passed_to`, `member_of` and so on."""

    __tablename__ = "relation"
    __table_args__ = (
        Index("ix_relation_from_id_kind", "from_id", "kind"),
        Index("ix_relation_to_id_kind", "to_id", "kind"),
    )

    from_id: Mapped[UUID] = mapped_column(ForeignKey("body.id"))
    to_id: Mapped[UUID] = mapped_column(ForeignKey("body.id"))
    kind: Mapped[str] = mapped_column(info=coded(public=True))
    # Of the residents of the first body (for councils: of the council's residents in the footprint).
    share: Mapped[float | None]
    source: Mapped[str] = mapped_column(info=name_text(public=True))
    note: Mapped[str | None] = mapped_column(info=free_text(personal=False, public=True))

    @property
    def concerned(self) -> set[UUID]:
        """Both of its bodies."""
        return {self.from_id, self.to_id}


class Succession(Base):
    """That what a body owned went to its successors: once for each predecessor."""

    __tablename__ = "succession"

    predecessor_id: Mapped[UUID] = mapped_column(ForeignKey("body.id"), primary_key=True)
    effective_on: Mapped[date]
    applied_at: Mapped[datetime]
    client_id: Mapped[UUID]
    undone_at: Mapped[datetime | None]


class Change(Base):
    """A change of a public record, in the order in which changes were committed; kept for good."""

    __tablename__ = "change"
    __table_args__ = (
        Index("ix_change_record_id_position", "record_id", "position"),
        Index("ix_change_footprints", "footprints", postgresql_using="gin"),
        Index("ix_change_at", "at"),
        Index("ix_change_type_position", "type", "position"),
    )

    # Counted under the lock of `Revision`, so that nothing appears before what was read already.
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[UUID] = mapped_column(unique=True)
    # One act of somebody may change several records.
    act_id: Mapped[UUID] = mapped_column(index=True)
    at: Mapped[datetime]
    type: Mapped[str] = mapped_column(info=coded(public=True))
    # What it is about: a body, or a stakeholder.
    record_id: Mapped[UUID]
    version: Mapped[int]
    footprints: Mapped[list[UUID]]
    # The public state after the change, as its event tells it (JSON).
    state: Mapped[str] = mapped_column(info=machine(public=True))
    reason: Mapped[str] = mapped_column(info=free_text(personal=False, public=True))
    source: Mapped[str] = mapped_column(info=name_text(public=True))
    # Who did it; empty for an import or a timer.
    client_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None]
    team: Mapped[str | None] = mapped_column(info=name_text())
    actor: Mapped[str | None] = mapped_column(info=machine())


class Restated(Recorded):
    """What has an id of its own: the row in force keeps it, what it said before is a row beside it."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    # The id of the row in force, on one that was restated.
    earlier_form_of: Mapped[UUID | None]
    body_id: Mapped[UUID] = mapped_column(ForeignKey("body.id"))

    @property
    def concerned(self) -> set[UUID]:
        """The body that it is about."""
        return {self.body_id}


class Appointment(Restated, Base):
    """A dated holding of a role; a vacancy is a row without a holder."""

    __tablename__ = "appointment"
    __table_args__ = (Index("ix_appointment_body_id_known_on", "body_id", "known_on"),)

    role: Mapped[str] = mapped_column(info=name_text(public=True, in_event=True))
    status: Mapped[str] = mapped_column(info=coded(public=True, in_event=True))
    holder: Mapped[str | None] = mapped_column(info=name_text(public=True))
    holder_role: Mapped[str | None] = mapped_column(info=name_text(public=True))
    holder_organisation: Mapped[str | None] = mapped_column(info=name_text(public=True))
    as_published: Mapped[str | None] = mapped_column(info=name_text(public=True))
    # Other bodies that the same person leads.
    shared_with: Mapped[list[UUID]] = mapped_column(default=list)
    held_from: Mapped[date | None]
    held_to: Mapped[date | None]
    # The day for which the source says it: what is known is never taken for current much later.
    known_on: Mapped[date]
    # When and by whom (a role or body, never a person's name) it was last verified.
    confirmed_on: Mapped[date | None]
    confirmed_by: Mapped[str | None] = mapped_column(info=name_text(public=True))
    # When an event said that nobody had verified it for too long.
    stale_at: Mapped[datetime | None]
    source: Mapped[str] = mapped_column(info=name_text(public=True))
    note: Mapped[str | None] = mapped_column(info=free_text(personal=False, public=True))


class Contact(Restated, Base):
    """A way to reach a body, as its source published it on a day."""

    __tablename__ = "contact"
    __table_args__ = (Index("ix_contact_body_id_known_on", "body_id", "known_on"),)

    channel: Mapped[str] = mapped_column(info=coded(public=True, in_event=True))
    value: Mapped[str] = mapped_column(info=name_text(public=True))
    purpose: Mapped[str] = mapped_column(info=coded(public=True, in_event=True))
    # How it can be used by those who cannot use others: `textphone`, `easy_read`, `bsl` and so on.
    accessible: Mapped[list[str]] = mapped_column(default=list, info=coded(public=True, in_event=True))
    hours: Mapped[str | None] = mapped_column(info=free_text(personal=False, public=True))
    # Whether it leads to one person instead of a role or an office.
    is_personal: Mapped[bool] = mapped_column(default=False)
    known_on: Mapped[date]
    verified_on: Mapped[date | None]
    verified_how: Mapped[str | None] = mapped_column(info=coded(public=True))
    # Since when those who knocked had their words returned, and nobody has verified it again.
    doubtful_since: Mapped[date | None]
    # The day on which it was last in use.
    ended_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(info=name_text(public=True))
