"""A decision has an answer, not an outcome; feedback names its organisations in one list."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("loop_copy", "sending")
# The name of the field as a key of fields, values and defaults, and as an entry of required.
RENAME_FIELD = """
    UPDATE source_mapping SET rules = jsonb_set(
        replace(rules::text, '"{was}":', '"{now}":')::jsonb, '{{required}}',
        replace((rules -> 'required')::text, '"{was}"', '"{now}"')::jsonb)
    WHERE rules ? 'required'
"""


def upgrade() -> None:
    """Rename the columns, and the field in the mappings of sources."""
    for table in TABLES:
        op.alter_column(table, "outcome", new_column_name="answer")
    op.execute(RENAME_FIELD.format(was="organisation", now="organisations"))


def downgrade() -> None:
    """Rename them back."""
    for table in TABLES:
        op.alter_column(table, "answer", new_column_name="outcome")
    op.execute(RENAME_FIELD.format(was="organisations", now="organisation"))
