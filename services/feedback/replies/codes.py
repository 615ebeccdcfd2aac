"""Reply codes: twelve letters derived from a row's id: they can be told again and are stored nowhere."""

from uuid import UUID

from shared.codes import code_from, ref_of
from shared.secrets import derive, key_of


class ReplyKeys:
    """Derives reply codes, what is kept of them, pseudonyms and digests from one secret key."""

    def __init__(self, key: str) -> None:
        self.key = key_of(key)
        # The loop service has this one alone: with it a code is found, and none can be made.
        self.ref_key = derive(self.key, "reply ref")

    def code_of(self, code_id: UUID) -> str:
        """Return the reply code of a row, as `4N06-WRTP-QT88`."""
        return code_from(int.from_bytes(derive(self.key, "reply code", code_id.hex)[:8], "big"))

    def ref_of(self, code: str) -> str:
        """Return the keyed hash under which a code is found."""
        return ref_of(self.ref_key, code)

    def pseudonym_of(self, feedback_id: UUID) -> str:
        """Return the name under which what people say about themselves is kept, apart from what they said."""
        return derive(self.key, "pseudonym", feedback_id.hex)[:16].hex()

    def external_ref_of(self, external_id: str) -> str:
        """Return the keyed hash by which an external id is known again after it was erased."""
        return derive(self.key, "external id", external_id)[:16].hex()

    def person_ref_of(self, address: str) -> str:
        """Return the keyed hash under which an address is known again, to tell one person once."""
        return derive(self.key, "address", address.strip().casefold())[:16].hex()

    def digest_of(self, content: str) -> bytes:
        """Return a keyed digest, by which the same content is known again without being kept."""
        return derive(self.key, "content", content)
