"""What telling people needs: keys, and the addresses that this deployment may write to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from services.feedback.codes import ReplyKeys
from services.feedback.contributors.schemas import StoredContributor
from services.feedback.contributors.sealing import read_private_key
from services.feedback.sending.rules import MailGate
from services.feedback.settings import Settings
from shared.clock import now


@dataclass(frozen=True, slots=True)
class Teller:
    """The settings and keys of a process that tells people, and when it read them."""

    settings: Settings
    codes: ReplyKeys
    key: X25519PrivateKey
    gate: MailGate
    since: datetime

    @classmethod
    def from_settings(cls, settings: Settings) -> "Teller":
        """The teller that the settings describe."""
        key = read_private_key(settings.contributor_private_key)
        gate = MailGate(settings.sending, settings.sending_allow_list)
        return cls(settings, ReplyKeys(settings.reply_key), key, gate, now())

    def stop_url_of(self, mail_id: UUID) -> str | None:
        """The address that stops mail with one click (RFC 8058); None where the deployment has no https."""
        public_url = self.settings.public_url
        path = f"/v1/replies/unsubscribe/{self.codes.stop_token_of(mail_id)}"
        return f"{public_url}{path}" if public_url.startswith("https://") else None

    def person_ref_of(self, person: StoredContributor | None) -> str | None:
        """The keyed hash of the mail address that somebody left; None where it is no mail address."""
        if person is None or person.channel != "email" or not person.address:
            return None
        return self.codes.person_ref_of(person.address)
