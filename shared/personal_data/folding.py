"""A text folded to plain letters and digits, in which it shows at once what cannot stand in the text.

The patterns try every place of a text. Most texts have no digit and no title, so most patterns need not run.
"""

import re

# What the patterns read as a digit or a letter of ASCII, besides those: test_folding.py tries every sign.
READ_AS_ASCII = re.compile(r"[^\D0-9]|[ıİſ\u212a]")
BLANKED = bytes(sign if bytes([sign]).isalnum() else 32 for sign in range(256)).lower()


def fold_text(text: str) -> bytes:
    """A text in small letters and digits of ASCII, with a blank for each other sign, and one at each end.

    Every sign stands one place later than in the text.
    """
    if not text.isascii():
        text = READ_AS_ASCII.sub(
            lambda sign: {"ı": "i", "İ": "i", "ſ": "s", "\u212a": "k"}.get(sign[0]) or str(int(sign[0])), text
        )
    return b" %b " % text.encode("ascii", "replace").translate(BLANKED)
