"""Who was heard is counted by the role for contributors alone, and kept by quarters."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

# Of few people together it says nothing: that would be to read what one person said.
COUNT = """
    CREATE FUNCTION demographics.count_heard(pseudonyms text[])
    RETURNS TABLE (question text, code text, n bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
        WITH said AS (
            SELECT each.key, each.value FROM demographics.demographics d
            CROSS JOIN LATERAL jsonb_each_text(d.answers) AS each
            WHERE d.pseudonym = ANY (pseudonyms) AND each.key IN
            ('age_band', 'sex', 'ethnic_group', 'disability', 'carer', 'imd_decile')
        )
        SELECT key, value, count(*) FROM said
        WHERE (SELECT count(*) FROM said WHERE key = 'sex') >= 5 GROUP BY key, value
    $$
"""


def upgrade() -> None:
    """Make the tables and the function."""
    op.create_table(
        "heard_quarter",
        sa.Column("quarter", sa.Date, primary_key=True),
        sa.Column("hides", sa.Integer, nullable=False),
        sa.Column("closed_at", TIMESTAMP(timezone=True), nullable=False),
    )
    op.create_table(
        "heard_count",
        sa.Column("footprint_id", sa.Uuid, primary_key=True),
        sa.Column("quarter", sa.Date, primary_key=True),
        sa.Column("question", sa.Text, primary_key=True),
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("n", sa.Integer, nullable=False),
    )
    op.execute(COUNT)
    op.execute("REVOKE ALL ON FUNCTION demographics.count_heard FROM PUBLIC")
    op.execute("GRANT USAGE ON SCHEMA demographics TO feedback_teller")
    op.execute("GRANT EXECUTE ON FUNCTION demographics.count_heard TO feedback_teller")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP FUNCTION demographics.count_heard")
    op.execute("REVOKE USAGE ON SCHEMA demographics FROM feedback_teller")
    op.drop_table("heard_count")
    op.drop_table("heard_quarter")
