"""Tables of sending: tellings, their addressees and mails, and the people who want no more mail."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.feedback.models import Base
from shared.columns import coded, machine
from shared.db import Versioned
from shared.events.loop import TellingKind


class Sending(Versioned, Base):
    """One telling that a loop requested, under the telling's id; it is never in two mails."""

    __tablename__ = "sending"
    __table_args__ = (
        Index(
            "ix_sending_open", "state", "person_ref", postgresql_where=text("state IN ('waiting', 'held')")
        ),
    )

    loop_id: Mapped[UUID]
    feedback_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[TellingKind] = mapped_column(Text, info=coded())
    organisation_id: Mapped[UUID | None]
    footprint_id: Mapped[UUID | None]
    answer: Mapped[str | None] = mapped_column(info=coded())
    judged_by: Mapped[str | None] = mapped_column(info=coded())
    demonstration: Mapped[bool]
    requested_at: Mapped[datetime]
    # waiting → mailed → delivered | failed; held until it is released.
    state: Mapped[str] = mapped_column(info=coded())
    # The keyed hash of the address: all tellings for one person go in one mail.
    person_ref: Mapped[str | None] = mapped_column(info=machine(personal=True))
    mail_id: Mapped[UUID | None] = mapped_column(ForeignKey("mail.id"), index=True)
    # The code that the mail carried: it opens what it always did, whatever address comes after.
    mailed_ref: Mapped[str | None] = mapped_column(index=True, info=machine())
    in_format: Mapped[str | None] = mapped_column(info=coded())
    reason: Mapped[str | None] = mapped_column(info=coded())
    at: Mapped[datetime | None]


class ToldAddress(Base):
    """The one piece of feedback of a loop that an address stands for: one address is one witness.

    The hash is keyed for each loop, so it says nothing of what else the person said. After erasure it stays
    without the feedback: the same address cannot stand for another.
    """

    __tablename__ = "told_address"

    loop_id: Mapped[UUID] = mapped_column(primary_key=True)
    mailbox_ref: Mapped[str] = mapped_column(primary_key=True, info=machine())
    feedback_id: Mapped[UUID | None] = mapped_column(index=True)


class Mail(Base):
    """One mail to one person, made before it is sent, so that each try has the same Message-ID."""

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_due", "next_try_at", postgresql_where=text("ended_at IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(info=machine())
    made_at: Mapped[datetime]
    tries: Mapped[int]
    next_try_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Suppression(Base):
    """An address that gets no more mail, as a keyed hash."""

    __tablename__ = "suppression"

    person_ref: Mapped[str] = mapped_column(primary_key=True, info=machine(personal=True))
    reason: Mapped[str] = mapped_column(info=coded())
    since: Mapped[datetime]


class Unsubscription(Base):
    """A request, by reply code, for no more mail; the teller finds the address."""

    __tablename__ = "unsubscription"

    feedback_id: Mapped[UUID] = mapped_column(primary_key=True)
    wished_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
