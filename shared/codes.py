"""Codes that people type: letters that are not misread, the last of which checks the others."""

from stdnum import luhn

from shared.errors import NotFound, invalid
from shared.secrets import derive

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
# Letters that are misread, and what parts the groups: word processors make other dashes and blanks of ours.
BETWEEN = "- \t\u00a0\u2009\u202f\u00ad\u2010\u2011\u2012\u2013\u2014\u2212"
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"} | dict.fromkeys(BETWEEN))
LETTERS = 11
# What a value counts in the check of `luhn` that is doubled there, which is slow: a batch makes thousands.
DOUBLED = [sum(divmod(2 * value, 32)) for value in range(32)]


class ReplyCodeUnknown(NotFound):
    """No feedback has this reply code. Check its twelve letters."""


def code_from(number: int) -> str:
    """The code that the lowest 55 bits of a number give, such as `4N06-WRTP-QT88`."""
    values = [number >> place & 31 for place in range(0, 5 * LETTERS, 5)]
    values.append(-(sum(DOUBLED[value] for value in values[::2]) + sum(values[1::2])) % 32)
    return group_letters("".join([ALPHABET[value] for value in values]))


def read_code(given: str, pointer: str = "/reply_code") -> str:
    """A code as it was issued, however somebody typed it; raises Invalid if it cannot be one."""
    letters = given.upper().translate(MISREAD)
    if (
        len(letters) != LETTERS + 1
        or not set(letters) <= set(ALPHABET)
        or not luhn.is_valid(letters, ALPHABET)
    ):
        raise invalid(pointer, "Check the code: it has twelve letters, such as 4N06-WRTP-QT88.")
    return group_letters(letters)


def group_letters(letters: str) -> str:
    """Twelve letters in groups of four."""
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def ref_of(key: bytes, code: str) -> str:
    """The keyed hash by which a code is found; the code itself is not kept."""
    return derive(key, code)[:16].hex()
