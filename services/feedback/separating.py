"""How search tells words apart, in what people wrote and in what is searched for alike."""

# Typographic quotes stand for those of a keyboard, dashes and dots between words for a blank.
SIGNS = {"’": "'", "‘": "'", "‛": "'", "´": "'", "`": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"'}
LETTER = r"[[\:alpha\:]]"
SIGNS |= dict.fromkeys("–—…·•", " ")


def separate_words(text: str) -> str:
    """SQL for a text, both as SQLAlchemy's `text` reads it, in which search can tell the words apart.

    "A&E" becomes one word, not "e"; "care/treatment" and "good.Staff" become two.
    """
    signs, plain = ("".join(each).replace("'", "''") for each in (SIGNS, SIGNS.values()))
    found = f"translate({text}, '{signs}', '{plain}')"
    found = f"regexp_replace({found}, '({LETTER})&({LETTER})', '\\1\\2', 'g')"
    return f"regexp_replace({found}, '({LETTER})[./]+({LETTER})', '\\1 \\2', 'g')"
