"""Names as they are compared: two spellings that people read as one name are one."""

from unicodedata import category, normalize

# Marks above and below letters, and signs that nobody sees.
UNSEEN = frozenset({"Mn", "Me", "Cf"})


def fold(name: str | None) -> str:
    """A name without what readers do not see: case, width, accents, signs of no width, and extra blanks."""
    plain = normalize("NFKD", normalize("NFKD", name or "").casefold())
    seen = "".join(letter for letter in plain if category(letter) not in UNSEEN)
    return " ".join(seen.split())
