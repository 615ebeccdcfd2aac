"""What people wrote in a loop, hidden from the public until somebody has looked: by the columns' classes."""

from collections.abc import Mapping
from functools import cache

from services.loop.core.access import may_read_words
from services.loop.models import Base, Loop
from shared.auth import Caller
from shared.columns import CLASS, Content

# Stands where a text is that nobody has looked at.
HIDDEN = "(hidden: somebody took back what they said, and nobody has looked at this since)"
# These are null until somebody has moderated them.
FIRST_WORDS = frozenset({"title", "you_said"})


@cache
def public_texts(table: str) -> frozenset[str]:
    """The columns with words that everybody reads, but for the title and the summary of a loop."""
    classed = [column for column in Base.metadata.tables[table].columns if CLASS in column.info]
    public = [column for column in classed if column.info[CLASS].public]
    texts = {column.key for column in public if column.info[CLASS].content is Content.FREE_TEXT}
    return frozenset(texts - FIRST_WORDS if table == Loop.__tablename__ else texts)


def are_texts_hidden(caller: Caller, loop: Loop) -> bool:
    """Whether what people wrote in a loop is hidden from a caller."""
    return loop.texts_hidden_at is not None and not may_read_words(caller, loop)


def hide_texts(table: str, values: Mapping[str, object]) -> dict[str, object]:
    """The values of a row without what people wrote in it."""
    written = {name for name in public_texts(table) if values.get(name) is not None}
    return {**values, **dict.fromkeys(written, HIDDEN)}


def public_values(row: Base, loop: Loop) -> dict[str, object]:
    """The values of a row of a loop as the public sees them."""
    values = {column.key: getattr(row, column.key) for column in row.__table__.columns}
    return hide_texts(row.__tablename__, values) if loop.texts_hidden_at else values
