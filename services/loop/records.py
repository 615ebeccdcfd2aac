"""Tables of what happens to a loop: history, decisions, promises, evidence, tellings, verdicts, clocks."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.loop.models import Base, Loop
from shared.columns import Info, coded, free_text, machine, name_text, plain
from shared.events.loop import JudgedBy
from shared.ids import new_id

__all__ = ["Base"]


def public_text() -> Info:
    """Words that people write for everybody to read: the history holds them as well."""
    return free_text(personal=False, public=True)


class HistoryEntry(Base):
    """One link of a loop's chain: the exact text that was hashed, and its SHA-256."""

    __tablename__ = "history_entry"

    loop_id: Mapped[UUID] = mapped_column(ForeignKey("loop.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    step: Mapped[str] = mapped_column(info=coded(public=True))
    body: Mapped[str] = mapped_column(info=machine(public=True))
    hash: Mapped[str] = mapped_column(info=machine(public=True))
    # Never read: they fix the order in which rows are stored.
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
    field: Mapped[str] = mapped_column(primary_key=True, info=machine(public=True))
    salt: Mapped[str | None] = mapped_column(info=machine(personal=True, public=True))
    text: Mapped[str | None] = mapped_column(info=free_text())
    # What everybody sees of it, where masks cover something, and the version of the rules.
    shown: Mapped[str | None] = mapped_column(info=free_text(public=True))
    masked_with: Mapped[int] = mapped_column(server_default="0", default=0, index=True)
    # Whose words these are, where they are one contributor's: they go when that person takes them back.
    feedback_id: Mapped[UUID | None] = mapped_column(index=True)
    erased_at: Mapped[datetime | None]
    # How long it was as everybody saw it, where it went because a passage was cut: later cuts add up.
    length_when_cut: Mapped[int | None]

    @property
    def shown_text(self) -> str | None:
        """The text as everybody sees it."""
        return self.text if self.shown is None else self.shown


class OfLoop:
    """Something that happened to a loop, and when."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    loop_id: Mapped[UUID] = mapped_column(ForeignKey("loop.id"), index=True)


class ByWhom:
    """Who did it: client, organisation and team, and the person acting."""

    client_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None]
    team: Mapped[str | None] = mapped_column(info=name_text(public=True))
    actor: Mapped[str] = mapped_column(info=machine(public=True))
    actor_role: Mapped[str] = mapped_column(info=name_text(public=True))


class Decision(OfLoop, ByWhom, Base):
    """What was decided, where and by which role, and why."""

    __tablename__ = "decision"

    answer: Mapped[str] = mapped_column(info=coded(public=True, in_event=True))
    deciding_role: Mapped[str] = mapped_column(info=public_text())
    forum: Mapped[str] = mapped_column(info=public_text())
    decided_on: Mapped[date]
    reason: Mapped[str | None] = mapped_column(info=public_text())
    constraint: Mapped[str | None] = mapped_column(info=public_text())
    would_change: Mapped[str | None] = mapped_column(info=public_text())
    revisit_on: Mapped[date | None]
    final_because: Mapped[str | None] = mapped_column(info=public_text())
    how_to_object: Mapped[str | None] = mapped_column(info=public_text())
    because: Mapped[str | None] = mapped_column(info=public_text())
    decided_at: Mapped[datetime]


class Commitment(OfLoop, ByWhom, Base):
    """A promise: who owns it, what people will notice, by when."""

    __tablename__ = "commitment"
    __table_args__ = (Index("ix_commitment_due_on", "due_on", postgresql_where=text("kept_at IS NULL")),)

    owner_organisation_id: Mapped[UUID] = mapped_column(index=True)
    owner_team: Mapped[str] = mapped_column(info=public_text())
    owner_role: Mapped[str] = mapped_column(info=public_text())
    people_will_notice: Mapped[str] = mapped_column(info=public_text())
    measure: Mapped[str] = mapped_column(info=public_text())
    because: Mapped[str | None] = mapped_column(info=public_text())
    due_on: Mapped[date]
    original_due_on: Mapped[date]
    slips: Mapped[int] = mapped_column(default=0)
    # The due date whose passing is already counted: moving it afterwards counts no second time.
    slipped_from: Mapped[date | None]
    made_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[str | None] = mapped_column(info=machine())
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(info=machine())
    claimed_organisation_id: Mapped[UUID | None]
    claimed_team: Mapped[str | None] = mapped_column(info=name_text())
    claimed_because: Mapped[str | None] = mapped_column(info=public_text())
    kept_at: Mapped[datetime | None]


class CommitmentRevision(OfLoop, ByWhom, Base):
    """A due date or an owner that was changed, and why."""

    __tablename__ = "commitment_revision"

    commitment_id: Mapped[UUID] = mapped_column(ForeignKey("commitment.id"), index=True)
    due_on_before: Mapped[date]
    due_on: Mapped[date]
    reason: Mapped[str] = mapped_column(info=public_text())
    because: Mapped[str | None] = mapped_column(info=public_text())
    is_slip: Mapped[bool]
    revised_at: Mapped[datetime]


class Evidence(OfLoop, ByWhom, Base):
    """Something that shows a change, and who gave it."""

    __tablename__ = "evidence"

    commitment_id: Mapped[UUID | None] = mapped_column(ForeignKey("commitment.id"), index=True)
    kind: Mapped[str] = mapped_column(info=coded(public=True))
    description: Mapped[str] = mapped_column(info=public_text())
    url: Mapped[str | None] = mapped_column(info=public_text())
    sha256: Mapped[str | None] = mapped_column(info=machine(public=True))
    # The size of the file that is kept, and where a person saw what they describe.
    file_bytes: Mapped[int | None]
    place: Mapped[str | None] = mapped_column(info=public_text())
    observed_on: Mapped[date]
    given_at: Mapped[datetime]


class EvidenceFile(Base):
    """The file of a piece of evidence, for anybody to look at."""

    __tablename__ = "evidence_file"

    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id", ondelete="CASCADE"), primary_key=True)
    content: Mapped[bytes]


class Verification(OfLoop, ByWhom, Base):
    """What another person made of a piece of evidence."""

    __tablename__ = "verification"

    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), unique=True)
    accepted: Mapped[bool]
    judged_by: Mapped[JudgedBy] = mapped_column(Text, info=coded(public=True))
    reason: Mapped[str] = mapped_column(info=public_text())
    verified_at: Mapped[datetime]


class Telling(OfLoop, Base):
    """A message to one contributor, and its result."""

    __tablename__ = "telling"
    __table_args__ = (Index("ix_telling_feedback_id", "feedback_id"),)

    feedback_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(info=coded(in_event=True))
    state: Mapped[str] = mapped_column(info=coded())
    requested_at: Mapped[datetime]
    in_format: Mapped[str | None] = mapped_column(info=coded())
    reason: Mapped[str | None] = mapped_column(info=coded())
    # Whether it reached an address that is this contributor's own, so that their verdict is witnessed.
    own_address: Mapped[bool] = mapped_column(server_default=false(), default=False)
    # The code that the mail carried, as it is found; mails of earlier versions carried the reply code.
    mailed_ref: Mapped[str | None] = mapped_column(index=True, info=machine())
    at: Mapped[datetime | None]


class GroupTelling(OfLoop, ByWhom, Base):
    """A telling of people together, where nobody can be told alone."""

    __tablename__ = "group_telling"

    held_on: Mapped[date]
    way: Mapped[str] = mapped_column(info=public_text())
    # Exact, so not in the public history: it holds the number as the public may see it.
    people: Mapped[int] = mapped_column(info=plain())
    note: Mapped[str | None] = mapped_column(info=public_text())
    logged_at: Mapped[datetime]


class Verdict(OfLoop, Base):
    """What one contributor makes of it with one of their codes, known by keyed hashes of these alone."""

    __tablename__ = "verdict"
    __table_args__ = (
        UniqueConstraint("loop_id", "reply_ref", "mailed_ref", postgresql_nulls_not_distinct=True),
    )

    reply_ref: Mapped[str] = mapped_column(info=machine())
    # The mailed code that it was given with; null for the reply code.
    mailed_ref: Mapped[str | None] = mapped_column(info=machine())
    did_it_happen: Mapped[str] = mapped_column(info=coded())
    worth: Mapped[str | None] = mapped_column(info=coded())
    explained_well: Mapped[int | None]
    felt_heard: Mapped[int | None]
    # Masked: what was written is not kept.
    comment: Mapped[str | None] = mapped_column(info=free_text())
    masked_with: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    # Whether somebody besides the body knows that this contributor exists.
    witnessed: Mapped[bool] = mapped_column(server_default=false(), default=False)
    # Whether what another code of this contributor gave stands in its place. No code's holder learns it.
    outranked: Mapped[bool] = mapped_column(server_default=false(), default=False)
    given_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    changes: Mapped[int] = mapped_column(server_default=text("0"), default=0)


class Clock(OfLoop, Base):
    """A time limit that runs from a named instant until it is met."""

    __tablename__ = "clock"
    __table_args__ = (
        Index("ix_clock_running", "due_at", postgresql_where=text("met_at IS NULL AND breached_at IS NULL")),
    )

    kind: Mapped[str] = mapped_column(info=coded(in_event=True))
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    due_soon_from: Mapped[datetime | None]
    met_at: Mapped[datetime | None]
    due_soon_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]


# The feeds list the loops in which something happened last.
IS_PUBLIC = Loop.state != "draft"
LAST = (Loop.last_entry_at, Loop.id)
Index("ix_loop_last_entry_at", *LAST, postgresql_where=IS_PUBLIC)
Index("ix_loop_organisation_id_last_entry_at", Loop.organisation_id, *LAST, postgresql_where=IS_PUBLIC)
Index("ix_loop_footprint_id_last_entry_at", Loop.footprint_id, *LAST, postgresql_where=IS_PUBLIC)
