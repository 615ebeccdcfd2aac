"""What is kept of a subscriber's answer: little, on one line, and nothing that looks personal."""

import re

KEPT_CHARACTERS = 200
PERSONAL = re.compile(
    r"[\w.+%-]+@[\w.-]+"  # e-mail addresses
    r"|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"  # postcodes
    r"|\+?\d(?:[ ().-]{0,2}\d){4,}",  # five digits and more: NHS numbers, telephones, dates of birth
    re.IGNORECASE,
)


def excerpt(answer: bytes) -> str | None:
    """Return the beginning of an answer with what looks personal masked; None when it is empty."""
    text = " ".join(answer.decode("utf-8", "replace").split())
    masked = PERSONAL.sub("[masked]", text)
    printable = "".join(sign if sign.isprintable() else "?" for sign in masked)
    return printable[:KEPT_CHARACTERS] or None
