"""Codes, pseudonyms and digests, all derived from one secret key, so that no code is stored."""

import hmac
import math
import time
from collections import deque
from uuid import UUID

from shared.codes import code_from, ref_of
from shared.errors import TooMany
from shared.secrets import derive, key_of

# As many as the gateway lets an address guess (decision 0052).
WRONG_PER_MINUTE = 60
# What providers take for one mailbox: the domain by which we know it, what they ignore in its name besides a
# tag behind a plus sign, and by what else a tag begins.
PROVIDERS = {
    **dict.fromkeys(("gmail.com", "googlemail.com"), ("gmail.com", ".", "+")),
    **dict.fromkeys(("proton.me", "protonmail.com", "pm.me"), ("proton.me", "._-", "+")),
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), ("icloud.com", "", "+")),
    **{each: (each, "", "-") for each in ("yahoo.com", "yahoo.co.uk", "ymail.com", "rocketmail.com")},
}
# Whose own domain lets all names below a mailbox's through: `tag@jo.fastmail.com` is `jo@fastmail.com`.
BELOW_NAMES = (".fastmail.com", ".fastmail.fm")
MINUTE_SECONDS = 60.0
TOO_MANY_WRONG = "You sent too many reply codes that are wrong. Wait for a minute, then send this again."


class WrongCodes:
    """The reply codes that each sender got wrong in the last minute: nobody may try many.

    A process counts for itself, as the gateway does for look-ups.
    """

    def __init__(self) -> None:
        self.wrong: dict[UUID, deque[float]] = {}

    def check(self, sender: UUID) -> None:
        """Raise TooMany for a sender that got too many wrong, whether the next is right or not."""
        times, moment = self.wrong.get(sender, deque()), time.monotonic()
        while times and times[0] <= moment - MINUTE_SECONDS:
            times.popleft()
        if len(times) >= WRONG_PER_MINUTE:
            wait = math.ceil(times[0] + MINUTE_SECONDS - moment)
            raise TooMany(TOO_MANY_WRONG, headers={"Retry-After": str(max(1, wait))})
        if not times:
            self.wrong.pop(sender, None)

    def count(self, sender: UUID) -> None:
        """Count a code that was wrong."""
        self.wrong.setdefault(sender, deque()).append(time.monotonic())


class ReplyKeys:
    """Derives reply codes, the hashes under which they are found, pseudonyms and digests."""

    def __init__(self, key: str) -> None:
        self.key = key_of(key)
        # The loop service has only this key: it finds a code, and cannot make one.
        self.ref_key = derive(self.key, "reply ref")

    def code_of(self, code_id: UUID) -> str:
        """The reply code of a row, as `4N06-WRTP-QT88`."""
        return code_from(int.from_bytes(derive(self.key, "reply code", code_id.hex)[:8], "big"))

    def mailed_code_of(self, reach_id: UUID, address_number: int) -> str:
        """The mailed code of a contributor at one of the addresses that they have had."""
        made = derive(self.key, "mailed code", reach_id.hex, str(address_number))
        return code_from(int.from_bytes(made[:8], "big"))

    def stop_token_of(self, mail_id: UUID) -> str:
        """What a mail carries so that one click stops mail: it opens nothing and says nothing of anybody."""
        return (mail_id.bytes + self.proof_of_mail(mail_id)).hex()

    def mail_of_stop_token(self, token: str) -> UUID | None:
        """The mail whose token this is; None where it is not one of ours."""
        try:
            given = bytes.fromhex(token)
            mail_id = UUID(bytes=given[:16])
        except ValueError:
            return None
        return mail_id if hmac.compare_digest(given[16:], self.proof_of_mail(mail_id)) else None

    def proof_of_mail(self, mail_id: UUID) -> bytes:
        """What nobody can put behind the id of a mail who has not the key."""
        return derive(self.key, "stop mail", mail_id.hex)[:16]

    def ref_of(self, code: str) -> str:
        """The keyed hash under which a code is found."""
        return ref_of(self.ref_key, code)

    def pseudonym_of(self, feedback_id: UUID) -> str:
        """The name under which demographics are stored, apart from the feedback."""
        return derive(self.key, "pseudonym", feedback_id.hex)[:16].hex()

    def external_ref_of(self, external_id: str) -> str:
        """The keyed hash that still identifies an external id after the id was erased."""
        return derive(self.key, "external id", external_id)[:16].hex()

    def person_ref_of(self, address: str) -> str:
        """The keyed hash of an address, so that one person gets one mail."""
        return derive(self.key, "address", address.strip().casefold())[:16].hex()

    def mailbox_ref_of(self, loop_id: UUID, address: str) -> str:
        """The keyed hash of the mailbox behind an address, in one loop alone."""
        return derive(self.key, "mailbox", loop_id.hex, mailbox_of(address))[:16].hex()

    def digest_of(self, content: str) -> bytes:
        """A keyed digest that identifies the same content without storing it."""
        return derive(self.key, "content", content)


def mailbox_of(address: str) -> str:
    """The mailbox behind an address: `jo+1@example.org` and `jo+2@example.org` are one."""
    name, _, domain = address.strip().casefold().rpartition("@")
    for below in BELOW_NAMES:
        if domain.endswith(below):
            name, domain = domain.removesuffix(below).rpartition(".")[2], below[1:]
    domain, ignored, tag = PROVIDERS.get(domain, (domain, "", "+"))
    name = name.partition("+")[0].partition(tag)[0]
    return f"{name.translate(dict.fromkeys(map(ord, ignored)))}@{domain}"
