"""Telling people: what is to be sent, mails, who wants no more; what loops tell of feedback."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = TIMESTAMP(timezone=True)
TELLER = "feedback_teller"
# What the teller needs of what was said: whether it still stands, and which code it has; never the words.
READ = "id, version, state, permissions, reply_code_id, has_address, unsubscribed_at"


def upgrade() -> None:
    """Create the tables, and let the teller work on them."""
    op.add_column("feedback", column("has_address", sa.Boolean, server_default=sa.false()))
    op.add_column("feedback", column("unsubscribed_at", MOMENT, null=True))
    sending_tables()
    loop_tables()
    rights()


def column(name, kind, *rest, null=False, **options):
    """Return a column, not null unless it is said."""
    return sa.Column(name, kind, *rest, nullable=null, **options)


def sending_tables() -> None:
    """Create what is to be sent."""
    op.create_table(
        "mail",
        column("id", sa.Uuid, primary_key=True),
        column("message_id", sa.Text),
        column("made_at", MOMENT),
        column("tries", sa.Integer),
        column("next_try_at", MOMENT),
        column("ended_at", MOMENT, null=True),
    )
    op.create_index("ix_mail_due", "mail", ["next_try_at"], postgresql_where=sa.text("ended_at IS NULL"))
    ids = [column(name, sa.Uuid, null=True) for name in ("organisation_id", "footprint_id")]
    texts = [column(name, sa.Text, null=True) for name in ("outcome", "person_ref", "in_format", "reason")]
    op.create_table(
        "sending",
        column("id", sa.Uuid, primary_key=True),
        column("version", sa.Integer),
        column("loop_id", sa.Uuid),
        column("feedback_id", sa.Uuid, index=True),
        column("kind", sa.Text),
        column("demonstration", sa.Boolean),
        column("requested_at", MOMENT),
        column("state", sa.Text),
        column("mail_id", sa.Uuid, sa.ForeignKey("mail.id"), null=True, index=True),
        column("at", MOMENT, null=True),
        *ids,
        *texts,
    )
    waiting = sa.text("state IN ('waiting', 'held')")
    op.create_index("ix_sending_open", "sending", ["state", "person_ref"], postgresql_where=waiting)
    stop_tables()


def stop_tables() -> None:
    """Create who wants no more mail."""
    op.create_table(
        "suppression",
        column("person_ref", sa.Text, primary_key=True),
        column("reason", sa.Text),
        column("since", MOMENT),
    )
    op.create_table(
        "unsubscription",
        column("feedback_id", sa.Uuid, primary_key=True),
        column("wished_at", MOMENT),
        column("done_at", MOMENT, null=True),
    )


def loop_tables() -> None:
    """Create what is known of loops."""
    op.create_table(
        "loop_copy",
        column("id", sa.Uuid, primary_key=True),
        column("sequence", sa.Integer),
        column("state", sa.Text),
        column("outcome", sa.Text, null=True),
        column("closed_as", sa.Text, null=True),
        column("demonstration", sa.Boolean),
        column("organisation_id", sa.Uuid, null=True),
        column("footprint_id", sa.Uuid, null=True),
        column("feedback_ids", ARRAY(sa.Uuid)),
    )
    op.create_index("ix_loop_copy_feedback_ids", "loop_copy", ["feedback_ids"], postgresql_using="gin")
    op.create_table(
        "loop_moment",
        column("loop_id", sa.Uuid, primary_key=True),
        column("what", sa.Text, primary_key=True),
        column("at", MOMENT),
    )


def rights() -> None:
    """Let the teller read what it needs, and write what became of each telling with its event."""
    op.execute(f"GRANT USAGE ON SCHEMA public TO {TELLER}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON sending, mail, suppression, unsubscription TO {TELLER}")
    op.execute(f"GRANT SELECT ({READ}) ON feedback TO {TELLER}")
    op.execute(f"GRANT SELECT ON footprint_copy, organisation_copy TO {TELLER}")
    op.execute(f"GRANT INSERT, SELECT (position) ON outbox TO {TELLER}")


def downgrade() -> None:
    """Drop the tables, and take the rights back."""
    for table in ("sending", "mail", "suppression", "unsubscription", "loop_copy", "loop_moment"):
        op.drop_table(table)
    # With a table's rights those on its columns go.
    op.execute(f"REVOKE ALL ON feedback, footprint_copy, organisation_copy, outbox FROM {TELLER}")
    op.execute(f"REVOKE USAGE ON SCHEMA public FROM {TELLER}")
    op.drop_column("feedback", "unsubscribed_at")
    op.drop_column("feedback", "has_address")
