"""The whole loop: history, decisions, commitments, evidence, tellings, verdicts and clocks."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "clock",
    "verdict",
    "group_telling",
    "telling",
    "verification",
    "evidence",
    "commitment_revision",
    "commitment",
    "decision",
    "history_text",
    "history_entry",
)


def upgrade() -> None:
    """Add what happens to a loop after it is drafted."""
    for column in loop_columns():
        op.add_column("loop", column)
    op.create_index("ix_loop_state", "loop", ["state"])
    op.add_column("feedback_copy", text("reply_ref", nullable=True))
    op.add_column("feedback_copy", flag("reachable"))
    op.create_index("ix_feedback_copy_reply_ref", "feedback_copy", ["reply_ref"])
    op.add_column("footprint_copy", sa.Column("succeeded_on", sa.Date))
    op.add_column("organisation_copy", flag("demonstration"))
    create_history()
    create_decisions()
    create_commitments()
    create_evidence()
    create_tellings()
    create_verdicts_and_clocks()


def downgrade() -> None:
    """Drop what was added."""
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("organisation_copy", "demonstration")
    op.drop_column("footprint_copy", "succeeded_on")
    op.drop_index("ix_feedback_copy_reply_ref", "feedback_copy")
    op.drop_column("feedback_copy", "reachable")
    op.drop_column("feedback_copy", "reply_ref")
    op.drop_index("ix_loop_state", "loop")
    for column in loop_columns():
        op.drop_column("loop", column.name)


def loop_columns() -> list[sa.Column[Any]]:
    """Return the columns that a loop gets."""
    instants = (
        "moderated_at", "opened_at", "acknowledged_at", "considered_at", "decided_at", "first_change_at",
        "told_at", "verdict_opened_at", "closed_at", "stated_at", "inherited_at",
    )  # fmt: skip
    return [
        *(instant(name, nullable=True) for name in instants),
        *(text(name, nullable=True) for name in ("outcome", "closed_as", "statement")),
        *(flag(name) for name in ("demonstration", "heir_uncertain", "owner_to_be_named")),
        sa.Column("inherited_from", sa.Uuid),
        sa.Column("you_said_agreed", sa.Text, server_default="not_asked", nullable=False),
        sa.Column("slips", sa.Integer, server_default="0", nullable=False),
        sa.Column("history_head", sa.Text, server_default="", nullable=False),
        sa.Column("history_length", sa.Integer, server_default="0", nullable=False),
    ]


def text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    """Return a column of text."""
    return sa.Column(name, sa.Text, nullable=nullable)


def instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    """Return a column of an instant."""
    return sa.Column(name, TIMESTAMP(timezone=True), nullable=nullable)


def day(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    """Return a column of a day."""
    return sa.Column(name, sa.Date, nullable=nullable)


def flag(name: str) -> sa.Column[Any]:
    """Return a column that is false unless said otherwise."""
    return sa.Column(name, sa.Boolean, server_default=sa.false(), nullable=False)


def create(table: str, *columns: Any, by_whom: bool = False) -> None:
    """Create a table of what happened to a loop."""
    who = (
        sa.Column("client_id", sa.Uuid),
        sa.Column("organisation_id", sa.Uuid),
        text("team", nullable=True),
    )
    op.create_table(
        table,
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column(
            "loop_id", sa.Uuid, sa.ForeignKey("loop.id", name=f"fk_{table}_loop_id_loop"), nullable=False
        ),
        *((*who, text("actor"), text("actor_role")) if by_whom else ()),
        *columns,
    )
    op.create_index(f"ix_{table}_loop_id", table, ["loop_id"])


def create_history() -> None:
    """Create the chain of a loop and, apart from it, the texts."""
    op.create_table(
        "history_entry",
        sa.Column("loop_id", sa.Uuid, sa.ForeignKey("loop.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        instant("at"),
        *map(text, ("step", "body", "hash")),
    )
    op.create_table(
        "history_text",
        sa.Column("loop_id", sa.Uuid, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("field", sa.Text, primary_key=True),
        text("salt", nullable=True),
        text("text", nullable=True),
        sa.Column("feedback_id", sa.Uuid),
        instant("erased_at", nullable=True),
        sa.ForeignKeyConstraint(["loop_id", "position"], ["history_entry.loop_id", "history_entry.position"]),
    )
    op.create_index("ix_history_text_feedback_id", "history_text", ["feedback_id"])


def create_decisions() -> None:
    """Create what was decided."""
    create(
        "decision",
        *map(text, ("outcome", "deciding_role", "forum")),
        day("decided_on"),
        *(text(name, nullable=True) for name in ("reason", "constraint", "would_change")),
        day("revisit_on", nullable=True),
        *(text(name, nullable=True) for name in ("final_because", "how_to_object", "because")),
        instant("decided_at"),
        by_whom=True,
    )


def create_commitments() -> None:
    """Create promises and what was changed about them."""
    create(
        "commitment",
        sa.Column("owner_organisation_id", sa.Uuid, nullable=False),
        *map(text, ("owner_team", "owner_role", "outcome", "measure")),
        text("because", nullable=True),
        *map(day, ("due_on", "original_due_on")),
        sa.Column("slips", sa.Integer, nullable=False),
        day("slipped_from", nullable=True),
        instant("made_at"),
        *(instant(name, nullable=True) for name in ("accepted_at", "claimed_at", "kept_at")),
        *(
            text(name, nullable=True)
            for name in ("accepted_by", "claimed_by", "claimed_team", "claimed_because")
        ),
        sa.Column("claimed_organisation_id", sa.Uuid),
        by_whom=True,
    )
    op.create_index("ix_commitment_owner_organisation_id", "commitment", ["owner_organisation_id"])
    op.create_index(
        "ix_commitment_due_on", "commitment", ["due_on"], postgresql_where=sa.text("kept_at IS NULL")
    )
    create(
        "commitment_revision",
        sa.Column("commitment_id", sa.Uuid, sa.ForeignKey("commitment.id"), nullable=False),
        *map(day, ("due_on_before", "due_on")),
        text("reason"),
        text("because", nullable=True),
        sa.Column("is_slip", sa.Boolean, nullable=False),
        instant("revised_at"),
        by_whom=True,
    )
    op.create_index("ix_commitment_revision_commitment_id", "commitment_revision", ["commitment_id"])


def create_evidence() -> None:
    """Create what shows a change, and what others made of it."""
    create(
        "evidence",
        sa.Column("commitment_id", sa.Uuid, sa.ForeignKey("commitment.id")),
        *map(text, ("kind", "description")),
        *(text(name, nullable=True) for name in ("url", "sha256")),
        day("observed_on"),
        instant("given_at"),
        by_whom=True,
    )
    op.create_index("ix_evidence_commitment_id", "evidence", ["commitment_id"])
    create(
        "verification",
        sa.Column("evidence_id", sa.Uuid, sa.ForeignKey("evidence.id"), nullable=False),
        sa.Column("accepted", sa.Boolean, nullable=False),
        text("reason"),
        instant("verified_at"),
        sa.UniqueConstraint("evidence_id", name="uq_verification_evidence_id"),
        by_whom=True,
    )


def create_tellings() -> None:
    """Create word to contributors, one by one and in groups."""
    create(
        "telling",
        sa.Column("feedback_id", sa.Uuid, nullable=False),
        *map(text, ("kind", "state")),
        instant("requested_at"),
        *(text(name, nullable=True) for name in ("in_format", "reason")),
        instant("at", nullable=True),
    )
    op.create_index("ix_telling_feedback_id", "telling", ["feedback_id"])
    create(
        "group_telling",
        day("held_on"),
        text("way"),
        sa.Column("people", sa.Integer, nullable=False),
        text("note", nullable=True),
        instant("logged_at"),
        by_whom=True,
    )


def create_verdicts_and_clocks() -> None:
    """Create what people made of it, and the time limits."""
    create(
        "verdict",
        *map(text, ("reply_ref", "happened")),
        text("worth", nullable=True),
        sa.Column("explained_well", sa.Integer),
        sa.Column("felt_heard", sa.Integer),
        text("comment", nullable=True),
        instant("given_at"),
        instant("changed_at", nullable=True),
        sa.UniqueConstraint("loop_id", "reply_ref", name="uq_verdict_loop_id_reply_ref"),
    )
    create(
        "clock",
        text("kind"),
        *map(instant, ("started_at", "due_at")),
        *(instant(name, nullable=True) for name in ("due_soon_from", "met_at", "due_soon_at", "breached_at")),
    )
    op.create_index(
        "ix_clock_running",
        "clock",
        ["due_at"],
        postgresql_where=sa.text("met_at IS NULL AND breached_at IS NULL"),
    )
