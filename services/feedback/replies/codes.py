"""Reply codes: twelve letters derived from a row's id: they can be told again and are stored nowhere."""

from uuid import UUID

from stdnum import luhn

from shared.errors import Invalid, invalid
from shared.secrets import derive, key_of

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
LETTERS = 11


class ReplyKeys:
    """Derives reply codes, what is kept of them, pseudonyms and digests from one secret key."""

    def __init__(self, key: str) -> None:
        self.key = key_of(key)

    def code_of(self, code_id: UUID) -> str:
        """Return the reply code of a row, as `XXXX-XXXX-XXXX`."""
        number = int.from_bytes(derive(self.key, "reply code", code_id.hex)[:8], "big")
        letters = "".join(ALPHABET[number >> 5 * place & 31] for place in range(LETTERS))
        code = letters + luhn.calc_check_digit(letters, ALPHABET)
        return f"{code[:4]}-{code[4:8]}-{code[8:]}"

    def ref_of(self, code: str) -> str:
        """Return the keyed hash under which a code is found."""
        return derive(self.key, "reply ref", code)[:16].hex()

    def pseudonym_of(self, feedback_id: UUID) -> str:
        """Return the name under which what people say about themselves is kept, apart from what they said."""
        return derive(self.key, "pseudonym", feedback_id.hex)[:16].hex()

    def external_ref_of(self, external_id: str) -> str:
        """Return the keyed hash by which an external id is known again after it was erased."""
        return derive(self.key, "external id", external_id)[:16].hex()

    def digest_of(self, content: str) -> bytes:
        """Return a keyed digest, by which the same content is known again without being kept."""
        return derive(self.key, "content", content)


def read_code(given: str, pointer: str = "/reply_code") -> str:
    """Return a code as it was issued, however it was typed; Invalid when it cannot be one."""
    letters = given.upper().translate(MISREAD)
    if (
        len(letters) != LETTERS + 1
        or not set(letters) <= set(ALPHABET)
        or not luhn.is_valid(letters, ALPHABET)
    ):
        raise misspelt(pointer)
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def misspelt(pointer: str) -> Invalid:
    """Return the problem that a code cannot be right."""
    return invalid(pointer, "A reply code has twelve letters, as XXXX-XXXX-XXXX; one of these is not right.")
