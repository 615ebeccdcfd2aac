"""First tables: clients, keys, the audit."""

import sqlalchemy as sa
from alembic import op

from shared.migrations import run_file

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = """
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is only added to';
END
$$
"""


def upgrade() -> None:
    """Create them."""
    run_file("plumbing.sql")
    op.create_table(
        "client",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_client_organisation_id", "client", ["organisation_id"])
    op.create_table(
        "key",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("client_id", sa.Uuid, sa.ForeignKey("client.id"), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("octet_length(secret_sha256) = 32", name="secret_is_hashed"),
    )
    op.create_index("ix_key_client_id", "key", ["client_id"])
    audit_table()


def audit_table() -> None:
    """Create the audit, whose rows cannot be changed or removed."""
    op.create_table(
        "audit",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("organisation_id", sa.Uuid),
        sa.Column("client_id", sa.Uuid),
        sa.Column("key_id", sa.Uuid),
        sa.Column("subject_id", sa.Uuid),
        sa.Column("network", sa.Text),
        sa.Column("method", sa.Text),
        sa.Column("route", sa.Text),
        sa.Column("code", sa.Text),
        sa.Column("times", sa.Integer, nullable=False),
    )
    op.create_index("ix_audit_organisation_id_id", "audit", ["organisation_id", "id"])
    op.execute(APPEND_ONLY)
    op.execute(
        "CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON audit"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("audit", "key", "client"):
        op.drop_table(table)
    op.execute("DROP FUNCTION audit_is_append_only")
    run_file("plumbing_down.sql")
