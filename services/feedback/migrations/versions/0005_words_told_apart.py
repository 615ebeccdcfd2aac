"""Search tells words apart that typographic signs, slashes, stops or an ampersand join."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# As `shared/search.py` made it then: what a migration did must not change with it.
LETTER = r"[[\:alpha\:]]"
SIGNS, PLAIN = "’‘‛´`“”„«»–—…·•", "''" * 5 + '"' * 5 + " " * 5
PARTED = (
    rf"regexp_replace(translate(published_text, '{SIGNS}', '{PLAIN}'), '({LETTER})&({LETTER})', '\1\2', 'g')"
)
SEPARATED = rf"regexp_replace({PARTED}, '({LETTER})[./]+({LETTER})', '\1 \2', 'g')"


def upgrade() -> None:
    """Make the searched words anew from what was published."""
    make_words(SEPARATED)


def downgrade() -> None:
    """Make them as they were."""
    make_words("published_text")


def make_words(text: str) -> None:
    """Replace the column of searched words and its index."""
    op.execute("ALTER TABLE feedback DROP COLUMN searchable")
    words = f"to_tsvector('english', {text})"
    op.execute(f"ALTER TABLE feedback ADD COLUMN searchable tsvector GENERATED ALWAYS AS ({words}) STORED")
    op.create_index("ix_feedback_searchable", "feedback", ["searchable"], postgresql_using="gin")
