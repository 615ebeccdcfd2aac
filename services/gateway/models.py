"""The tables of clients, their keys, and the audit; webhooks keep theirs in webhooks/models.py."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from shared.clock import now
from shared.columns import coded, machine, name_text
from shared.db import NAMING, Versioned
from shared.ids import new_id


class Base(DeclarativeBase):
    """Everything that the gateway owns."""

    metadata = MetaData(naming_convention=NAMING)


class Client(Versioned, Base):
    """A partner application of an organisation and a team, both fixed when it is made."""

    __tablename__ = "client"

    organisation_id: Mapped[UUID] = mapped_column(index=True)
    team: Mapped[str] = mapped_column(Text, info=name_text())
    name: Mapped[str] = mapped_column(Text, info=name_text())
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), info=coded())
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)

    keys: Mapped[list["Key"]] = relationship(lazy="selectin", order_by="Key.id", back_populates="client")


class Key(Base):
    """One key of a client; its secret is shown once and only its SHA-256 is kept."""

    __tablename__ = "key"
    __table_args__ = (CheckConstraint("octet_length(secret_sha256) = 32", name="secret_is_hashed"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"), index=True)
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    client: Mapped[Client] = relationship(back_populates="keys")


class Audit(Base):
    """Something that was refused or changed, and the organisation that it concerns; rows are only added."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_organisation_id_id", "organisation_id", "id"),
        Index("ix_audit_concerned", "concerned", postgresql_using="gin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    action: Mapped[str] = mapped_column(Text, info=coded())
    # The organisation that did it, and the others that it concerns: each of them may read the row.
    organisation_id: Mapped[UUID | None]
    concerned: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    client_id: Mapped[UUID | None]
    actor: Mapped[str | None] = mapped_column(Text, info=machine())
    actor_role: Mapped[str | None] = mapped_column(Text, info=name_text())
    key_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    network: Mapped[str | None] = mapped_column(Text, info=machine())
    method: Mapped[str | None] = mapped_column(Text, info=machine())
    route: Mapped[str | None] = mapped_column(Text, info=machine())
    code: Mapped[str | None] = mapped_column(Text, info=coded())
    times: Mapped[int] = mapped_column(default=1)
