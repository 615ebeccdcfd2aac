"""Codes that people type: letters that are not misread, the last of which checks the others."""

from stdnum import luhn

from shared.errors import Invalid, NotFound, invalid
from shared.secrets import derive

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
LETTERS = 11


class ReplyCodeUnknown(NotFound):
    """Nothing here is known by this reply code: check its twelve letters."""


def code_from(number: int) -> str:
    """Return the code that the lowest 55 bits of a number give, as `4N06-WRTP-QT88`."""
    letters = "".join(ALPHABET[number >> 5 * place & 31] for place in range(LETTERS))
    return spaced(letters + luhn.calc_check_digit(letters, ALPHABET))


def read_code(given: str, pointer: str = "/reply_code") -> str:
    """Return a code as it was issued, however it was typed; Invalid when it cannot be one."""
    letters = given.upper().translate(MISREAD)
    if (
        len(letters) != LETTERS + 1
        or not set(letters) <= set(ALPHABET)
        or not luhn.is_valid(letters, ALPHABET)
    ):
        raise misspelt(pointer)
    return spaced(letters)


def spaced(letters: str) -> str:
    """Return twelve letters in groups of four."""
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def ref_of(key: bytes, code: str) -> str:
    """Return the keyed hash under which a code is found: it is kept instead of the code."""
    return derive(key, code)[:16].hex()


def misspelt(pointer: str) -> Invalid:
    """Return the problem that a code cannot be right."""
    return invalid(pointer, "A reply code has twelve letters, as 4N06-WRTP-QT88; one of these is not right.")
