"""The words of mails: a template for each kind of telling, filled with names of bodies and the reply code."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from services.feedback.items.schemas import NOTICE
from services.feedback.sending.models import Mail
from shared.events.loop import TellingKind

SAYS: dict[TellingKind, str] = {
    "acknowledged": "{body} has taken up what you told them, and will say what they do about it.",
    "decided": "{body} has decided what to do about what you told them.",
    "declined": (
        "{body} has decided not to do what you asked for. They give their reason, say what would change it, "
        "and how you can object."
    ),
    "changed": (
        "{body} says that something has changed because of what you told them, and somebody who has no part "
        "in it has checked that."
    ),
    "verdict_asked": (
        "What do you make of what {body} did about what you told them? Did it happen, and is it better? "
        "Your answer counts: with your code you can give it in the next 28 days."
    ),
    "verdict_reminder": (
        "A few days are left to say what you make of what {body} did about what you told them. This is the "
        "only reminder."
    ),
}
DEMONSTRATION = "This is a demonstration: no real body has done this."
CODE = "Your reply code for this is {code}. With it you see all that happened, and nobody needs your name."
WHERE = "Enter it at {url}."
STOP = "If you want no more mail about what you told us, enter your code there and say so: it stops at once."


@dataclass(frozen=True, slots=True)
class Part:
    """What a mail says of one piece of feedback."""

    kind: TellingKind
    body: str
    code: str
    demonstration: bool

    def text(self) -> str:
        """Return the paragraph."""
        said = [SAYS[self.kind].format(body=self.body), CODE.format(code=self.code)]
        return "\n".join([DEMONSTRATION, *said] if self.demonstration else said)


def letter(mail: Mail, to: str, parts: Sequence[Part], *, sender: str, url: str) -> EmailMessage:
    """Return the mail: the same for each try, down to its Message-ID and date."""
    message = EmailMessage()
    message["From"], message["To"] = sender, to
    message["Subject"] = subject(parts)
    message["Date"], message["Message-ID"] = format_datetime(mail.made_at), mail.message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice answers it
    end = [WHERE.format(url=url)] if url else []
    message.set_content("\n\n".join([*(part.text() for part in parts), *end, STOP, NOTICE]) + "\n")
    return message


def subject(parts: Sequence[Part]) -> str:
    """Return the subject: about whom, and whether it is a demonstration."""
    bodies = list(dict.fromkeys(part.body for part in parts))
    about = bodies[0] if len(bodies) == 1 else f"{len(bodies)} bodies"
    prefix = "[Demonstration] " if any(part.demonstration for part in parts) else ""
    return f"{prefix}What came of what you told {about}"


def message_id(mail_id: object, sender: str) -> str:
    """Return the Message-ID of a mail: made once, before its first try."""
    return f"<{mail_id}@{parseaddr(sender)[1].partition('@')[2] or 'localhost'}>"
