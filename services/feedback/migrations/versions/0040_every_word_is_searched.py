"""Search knows every word, also common ones, and words with hyphens and figures in each spelling."""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

# As `services/feedback/separating.py` made it then: what a migration did must not change with it.
LETTER, SIGN = r"[[\:alpha\:]]", r"[[\:alnum\:]]"
SIGNS, PLAIN = "’‘‛´`“”„«»–—…·•‐‑", "''" * 5 + '"' * 5 + " " * 5 + "--"
STEPS = (
    (r"[\u0300-\u036f]", ""),
    (r"\m[Aa](\s*[&+/]\s*|\s*and\s*|\s+n\s+)[Ee]\M", "AE"),
    (rf"\m({LETTER})[&/]({LETTER})\M", r"\1\2"),
    (rf"({LETTER})''([sStT])\M", r"\1\2"),
    (rf"({SIGN})[-/]+(?={SIGN})", r"\1 "),
    (rf"({LETTER})[.,]+(?={LETTER})", r"\1 "),
    (rf"([0-9])({LETTER})", r"\1 \2"),
    (rf"({LETTER}{{2}})([0-9])", r"\1 \2"),
)
TEXT = "left(published_text, 100000)"
JOINED = rf"regexp_replace({TEXT}, '({LETTER})-(?={LETTER})', '\1', 'g')"
# Of 0005.
PARTED = (
    rf"regexp_replace(translate(published_text, '{SIGNS[:15]}', '{PLAIN[:20]}'), "
    rf"'({LETTER})&({LETTER})', '\1\2', 'g')"
)
BEFORE = rf"to_tsvector('english', regexp_replace({PARTED}, '({LETTER})[./]+({LETTER})', '\1 \2', 'g'))"


def words_of(text: str) -> str:
    """The words of a text by their stems."""
    found = f"normalize(translate({text}, '{SIGNS}', '{PLAIN}'), NFD)"
    for sought, put in STEPS:
        found = f"regexp_replace({found}, '{sought}', '{put}', 'g')"
    return f"to_tsvector('every_word', {found})"


def upgrade() -> None:
    """Make the searched words anew from what was published."""
    op.execute("CREATE TEXT SEARCH DICTIONARY english_word (TEMPLATE = snowball, LANGUAGE = english)")
    op.execute("CREATE TEXT SEARCH CONFIGURATION every_word (COPY = english)")
    op.execute(
        "ALTER TEXT SEARCH CONFIGURATION every_word ALTER MAPPING REPLACE english_stem WITH english_word"
    )
    apart, together = words_of(TEXT), words_of(JOINED)
    is_hyphenated = f"{TEXT} ~ '{LETTER}-{LETTER}'"
    make_words(f"CASE WHEN {is_hyphenated} THEN {apart} || {together} ELSE {apart} END")


def downgrade() -> None:
    """Make them as they were."""
    make_words(BEFORE)
    op.execute("DROP TEXT SEARCH CONFIGURATION every_word")
    op.execute("DROP TEXT SEARCH DICTIONARY english_word")


def make_words(words: str) -> None:
    """Replace the column of searched words and its index."""
    op.execute("ALTER TABLE feedback DROP COLUMN searchable")
    op.execute(f"ALTER TABLE feedback ADD COLUMN searchable tsvector GENERATED ALWAYS AS ({words}) STORED")
    op.create_index("ix_feedback_searchable", "feedback", ["searchable"], postgresql_using="gin")
