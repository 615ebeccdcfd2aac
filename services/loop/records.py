"""Tables of what happens to a loop: history, decisions, promises, evidence, tellings, verdicts, clocks."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.loop.models import Base, Loop
from shared.ids import new_id

__all__ = ["Base"]


class HistoryEntry(Base):
    """One link of a loop's chain: the exact text that was hashed, and its SHA-256."""

    __tablename__ = "history_entry"

    loop_id: Mapped[UUID] = mapped_column(ForeignKey("loop.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    step: Mapped[str]
    body: Mapped[str]
    hash: Mapped[str]
    # Never read through: they tell in which order rows have to be stored.
    loop: Mapped[Loop] = relationship(lazy="raise")
    texts: Mapped[list["HistoryText"]] = relationship(lazy="raise")


class HistoryText(Base):
    """A text that an entry holds only as a salted digest: erased, it leaves the chain whole."""

    __tablename__ = "history_text"
    __table_args__ = (
        ForeignKeyConstraint(["loop_id", "position"], ["history_entry.loop_id", "history_entry.position"]),
    )

    loop_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    field: Mapped[str] = mapped_column(primary_key=True)
    salt: Mapped[str | None]
    text: Mapped[str | None]
    # Whose words these are, where they are one contributor's: they go when that person takes them back.
    feedback_id: Mapped[UUID | None] = mapped_column(index=True)
    erased_at: Mapped[datetime | None]


class OfLoop:
    """Something that happened to a loop, and when."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    loop_id: Mapped[UUID] = mapped_column(ForeignKey("loop.id"), index=True)


class ByWhom:
    """Who did it: client, organisation and team, and the person acting."""

    client_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None]
    team: Mapped[str | None]
    actor: Mapped[str]
    actor_role: Mapped[str]


class Decision(OfLoop, ByWhom, Base):
    """What was decided, where and by which role, and why."""

    __tablename__ = "decision"

    answer: Mapped[str]
    deciding_role: Mapped[str]
    forum: Mapped[str]
    decided_on: Mapped[date]
    reason: Mapped[str | None]
    constraint: Mapped[str | None]
    would_change: Mapped[str | None]
    revisit_on: Mapped[date | None]
    final_because: Mapped[str | None]
    how_to_object: Mapped[str | None]
    because: Mapped[str | None]
    decided_at: Mapped[datetime]


class Commitment(OfLoop, ByWhom, Base):
    """A promise: who owns it, what people will notice, by when."""

    __tablename__ = "commitment"
    __table_args__ = (Index("ix_commitment_due_on", "due_on", postgresql_where=text("kept_at IS NULL")),)

    owner_organisation_id: Mapped[UUID] = mapped_column(index=True)
    owner_team: Mapped[str]
    owner_role: Mapped[str]
    people_will_notice: Mapped[str]
    measure: Mapped[str]
    because: Mapped[str | None]
    due_on: Mapped[date]
    original_due_on: Mapped[date]
    slips: Mapped[int] = mapped_column(default=0)
    # The due date whose passing is already counted: moving it afterwards counts no second time.
    slipped_from: Mapped[date | None]
    made_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[str | None]
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None]
    claimed_organisation_id: Mapped[UUID | None]
    claimed_team: Mapped[str | None]
    claimed_because: Mapped[str | None]
    kept_at: Mapped[datetime | None]


class CommitmentRevision(OfLoop, ByWhom, Base):
    """A due date or an owner that was changed, and why."""

    __tablename__ = "commitment_revision"

    commitment_id: Mapped[UUID] = mapped_column(ForeignKey("commitment.id"), index=True)
    due_on_before: Mapped[date]
    due_on: Mapped[date]
    reason: Mapped[str]
    because: Mapped[str | None]
    is_slip: Mapped[bool]
    revised_at: Mapped[datetime]


class Evidence(OfLoop, ByWhom, Base):
    """What shows that something changed, and who gave it."""

    __tablename__ = "evidence"

    commitment_id: Mapped[UUID | None] = mapped_column(ForeignKey("commitment.id"), index=True)
    kind: Mapped[str]
    description: Mapped[str]
    url: Mapped[str | None]
    sha256: Mapped[str | None]
    observed_on: Mapped[date]
    given_at: Mapped[datetime]


class Verification(OfLoop, ByWhom, Base):
    """What somebody else made of a piece of evidence."""

    __tablename__ = "verification"

    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), unique=True)
    accepted: Mapped[bool]
    reason: Mapped[str]
    verified_at: Mapped[datetime]


class Telling(OfLoop, Base):
    """Word to be sent to one contributor, and what became of it."""

    __tablename__ = "telling"
    __table_args__ = (Index("ix_telling_feedback_id", "feedback_id"),)

    feedback_id: Mapped[UUID]
    kind: Mapped[str]
    state: Mapped[str]
    requested_at: Mapped[datetime]
    in_format: Mapped[str | None]
    reason: Mapped[str | None]
    at: Mapped[datetime | None]


class GroupTelling(OfLoop, ByWhom, Base):
    """Word given to a group of people at once, where nobody can be told alone."""

    __tablename__ = "group_telling"

    held_on: Mapped[date]
    way: Mapped[str]
    people: Mapped[int]
    note: Mapped[str | None]
    logged_at: Mapped[datetime]


class Verdict(OfLoop, Base):
    """What one contributor makes of it, known by the keyed hash of the reply code alone."""

    __tablename__ = "verdict"
    __table_args__ = (UniqueConstraint("loop_id", "reply_ref"),)

    reply_ref: Mapped[str]
    did_it_happen: Mapped[str]
    worth: Mapped[str | None]
    explained_well: Mapped[int | None]
    felt_heard: Mapped[int | None]
    comment: Mapped[str | None]
    given_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]


class Clock(OfLoop, Base):
    """A time limit that runs from a named instant until it is met."""

    __tablename__ = "clock"
    __table_args__ = (
        Index("ix_clock_running", "due_at", postgresql_where=text("met_at IS NULL AND breached_at IS NULL")),
    )

    kind: Mapped[str]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    due_soon_from: Mapped[datetime | None]
    met_at: Mapped[datetime | None]
    due_soon_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
