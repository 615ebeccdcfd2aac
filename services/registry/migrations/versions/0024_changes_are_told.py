"""Each table tells of its changes, so that answers can be kept until then."""

from alembic import op

from shared.migrations import tell_of_changes

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLES = (
    "appointment",
    "area_share",
    "body",
    "body_code",
    "body_name",
    "boundary",
    "change",
    "constituency_exception",
    "contact",
    "dispute",
    "knock",
    "known_position",
    "legal_form",
    "merger",
    "misroute",
    "outside_part",
    "postcode",
    "register",
    "relation",
    "revision",
    "small_area",
    "stakeholder",
    "succession",
    "suggestion",
)


def upgrade() -> None:
    """Let all tables of the service tell of changes."""
    tell_of_changes(TABLES)


def downgrade() -> None:
    """Let nothing tell of changes."""
    op.execute("DROP FUNCTION tell_of_change() CASCADE")
