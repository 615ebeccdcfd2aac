"""Each table tells of its changes, so that answers can be kept until then."""

from alembic import op

from shared.migrations import tell_of_changes

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLES = (
    "clock",
    "commitment",
    "commitment_revision",
    "decision",
    "evidence",
    "evidence_file",
    "feedback_copy",
    "footprint_copy",
    "group_telling",
    "history_entry",
    "history_text",
    "loop",
    "loop_feedback",
    "loop_left",
    "organisation_copy",
    "reach_copy",
    "telling",
    "verdict",
    "verification",
)


def upgrade() -> None:
    """Let all tables of the service tell of changes."""
    tell_of_changes(TABLES)


def downgrade() -> None:
    """Let nothing tell of changes."""
    op.execute("DROP FUNCTION tell_of_change() CASCADE")
