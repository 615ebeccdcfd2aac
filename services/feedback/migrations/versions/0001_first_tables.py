"""First tables: feedback, reply codes, revisions; contributors and demographics apart; copies of bodies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP, TSVECTOR

from shared.migrations import run_file

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = TIMESTAMP(timezone=True)


def column(name, kind, *rest, null=False, **options):
    """Return a column, not null unless it is said."""
    return sa.Column(name, kind, *rest, nullable=null, **options)


def upgrade() -> None:
    run_file("plumbing.sql")
    feedback_tables()
    private_tables()
    copies()


def feedback_tables() -> None:
    op.create_table(
        "reply_code",
        column("id", sa.Uuid, primary_key=True),
        column("reply_ref", sa.Text),
        column("source_id", sa.Uuid, null=True),
        column("organisation_id", sa.Uuid, null=True),
        column("issued_at", MOMENT),
        sa.UniqueConstraint("reply_ref", name="uq_reply_code_reply_ref"),
    )
    code = sa.UniqueConstraint("reply_code_id", name="uq_feedback_reply_code_id")
    op.create_table("feedback", *what_was_said(), *what_became_of_it(), code)
    feedback_indexes()
    feedback_history()


def what_was_said() -> list[sa.Column]:
    """Return the columns of what was said, and about whom."""
    return [
        column("id", sa.Uuid, primary_key=True),
        column("version", sa.Integer),
        column("kind", sa.Text),
        column("state", sa.Text),
        column("text", sa.Text, null=True),
        column("answers", JSONB),
        column("language", sa.Text),
        column("experienced_on", sa.Text, null=True),
        column("footprint_id", sa.Uuid, null=True),
        column("organisation_ids", ARRAY(sa.Uuid)),
        column("touchpoints", ARRAY(sa.Text)),
        column("rating", JSONB, null=True),
        column("themes", JSONB),
        column("permissions", JSONB),
        column("proxy_by", sa.Text, null=True),
    ]


def what_became_of_it() -> list[sa.Column]:
    """Return the columns of where it came from, and what became of it."""
    return [
        column("urgent", sa.Boolean),
        column("reply_code_id", sa.Uuid, sa.ForeignKey("reply_code.id")),
        column("reply_ref", sa.Text),
        column("origin_id", sa.Uuid),
        column("source_id", sa.Uuid, null=True),
        column("client_id", sa.Uuid, null=True),
        column("sender_id", sa.Uuid, null=True),
        column("external_id", sa.Text, null=True),
        column("external_ref", sa.Text, null=True),
        column("digest", sa.LargeBinary, null=True),
        column("revision", sa.Integer),
        column("received_at", MOMENT),
        column("read_at", MOMENT, null=True),
        column("moderated_at", MOMENT, null=True),
        column("moderated_by", sa.Text, null=True),
        column("withheld_reason", sa.Text, null=True),
        column("withdrawn_at", MOMENT, null=True),
        column("erased_at", MOMENT, null=True),
        column("published_text", sa.Text, null=True),
        column(
            "searchable",
            TSVECTOR,
            sa.Computed("to_tsvector('english', published_text)", persisted=True),
            null=True,
        ),
    ]


def feedback_indexes() -> None:
    op.create_index("ix_feedback_footprint_id_id", "feedback", ["footprint_id", "id"])
    op.create_index("ix_feedback_sender_id_id", "feedback", ["sender_id", "id"])
    op.create_index("ix_feedback_organisation_ids", "feedback", ["organisation_ids"], postgresql_using="gin")
    op.create_index(
        "ix_feedback_themes",
        "feedback",
        ["themes"],
        postgresql_using="gin",
        postgresql_ops={"themes": "jsonb_path_ops"},
    )
    published = sa.text("state = 'published'")
    op.create_index("ix_feedback_published", "feedback", ["id"], postgresql_where=published)
    op.create_index("ix_feedback_searchable", "feedback", ["searchable"], postgresql_using="gin")
    op.create_index(
        "uq_feedback_origin_id_external_ref",
        "feedback",
        ["origin_id", "external_ref"],
        unique=True,
        postgresql_where=sa.text("external_ref IS NOT NULL"),
    )


def feedback_history() -> None:
    op.create_table(
        "revision",
        column("feedback_id", sa.Uuid, sa.ForeignKey("feedback.id", ondelete="CASCADE"), primary_key=True),
        column("number", sa.Integer, primary_key=True),
        column("content", JSONB),
        column("replaced_at", MOMENT),
    )
    op.create_table(
        "identification",
        column("id", sa.Uuid, primary_key=True),
        column("feedback_id", sa.Uuid, index=True),
        column("client_id", sa.Uuid),
        column("organisation_id", sa.Uuid, null=True),
        column("actor", sa.Text, null=True),
        column("identified_at", MOMENT),
    )


def private_tables() -> None:
    """Create what is kept apart: the service may add and erase it, and reads none of it."""
    for schema in ("contributors", "demographics"):
        op.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        op.execute(f"GRANT USAGE ON SCHEMA {schema} TO feedback")
    op.create_table(
        "contributor",
        column("id", sa.Uuid, primary_key=True),
        column("feedback_id", sa.Uuid, index=True),
        column("sealed", sa.LargeBinary),
        column("given_at", MOMENT),
        schema="contributors",
    )
    op.create_table(
        "demographics",
        column("pseudonym", sa.Text, primary_key=True),
        column("answers", JSONB),
        schema="demographics",
    )
    for table, key in (
        ("contributors.contributor", "feedback_id"),
        ("demographics.demographics", "pseudonym"),
    ):
        op.execute(f"REVOKE ALL ON {table} FROM feedback")
        op.execute(f"GRANT INSERT, DELETE, SELECT ({key}) ON {table} TO feedback")
    op.execute("GRANT USAGE ON SCHEMA contributors TO feedback_teller")
    op.execute("GRANT SELECT ON contributors.contributor TO feedback_teller")


def copies() -> None:
    op.create_table(
        "footprint_copy",
        column("id", sa.Uuid, primary_key=True),
        column("sequence", sa.Integer),
        column("name", sa.Text),
        column("ods", sa.Text, null=True, index=True),
        column("ons", sa.Text, null=True, index=True),
        column("valid_from", sa.Date),
        column("valid_to", sa.Date, null=True),
        column("is_organisation", sa.Boolean),
        column("successors", JSONB),
    )
    op.create_table(
        "organisation_copy",
        column("id", sa.Uuid, primary_key=True),
        column("sequence", sa.Integer),
        column("name", sa.Text),
        column("ods", sa.Text, null=True, index=True),
        column("ons", sa.Text, null=True, index=True),
        column("valid_to", sa.Date, null=True),
        column("footprint_id", sa.Uuid, null=True),
    )


def downgrade() -> None:
    for table in (
        "organisation_copy",
        "footprint_copy",
        "identification",
        "revision",
        "feedback",
        "reply_code",
    ):
        op.drop_table(table)
    op.drop_table("contributor", schema="contributors")
    op.drop_table("demographics", schema="demographics")
    op.execute("DROP SCHEMA demographics")
    run_file("plumbing_down.sql")
