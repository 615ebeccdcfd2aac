"""The words of mails: a template for each kind of telling, with the names of bodies and the reply code."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import Policy
from email.utils import format_datetime, parseaddr
from uuid import UUID

from services.feedback.items.schemas import NOTICE
from services.feedback.sending.models import Mail
from shared.events.loop import TellingKind

TEMPLATES: dict[TellingKind, str] = {
    "acknowledged": "{body} has acknowledged what you told them, and will say what they do about it.",
    "decided": "{body} has decided what to do about what you told them.",
    "declined": (
        "{body} has decided not to do what you asked for. They give their reason, say what would change it, "
        "and say how you can object."
    ),
    "changed": ("{body} says that something has changed because of what you told them. {judged}"),
    "verdict_asked": (
        "What do you think of what {body} did about what you told them? Did it happen, and is it better? "
        "Your answer counts. You can give it with your code in the next 28 days."
    ),
    "verdict_reminder": (
        "You have a few days left to say what you think of what {body} did about what you told them. This is "
        "the only reminder."
    ),
}
JUDGED_BY_OTHERS = "Another organisation has verified that."
JUDGED_BY_ITSELF = "It was judged by the body itself. No other organisation has verified it."
DEMONSTRATION = "This is a demonstration: no real body has done this."
CODE = (
    "Your own code for this is {code}. Only mail to you has it. It shows you everything that happened, and "
    "your answer counts most with it. You do not need to give your name."
)
WHERE = "Enter it at {url}."
STOP = "If you want no more mail about what you told us, enter your code there and say so. Mail then stops."


@dataclass(frozen=True, slots=True)
class MailPart:
    """What a mail says about one piece of feedback."""

    kind: TellingKind
    body: str
    code: str
    demonstration: bool
    judged_by: str | None = None

    def text(self) -> str:
        """The paragraph."""
        judged = JUDGED_BY_OTHERS if self.judged_by == "another_organisation" else JUDGED_BY_ITSELF
        lines = [TEMPLATES[self.kind].format(body=self.body, judged=judged), CODE.format(code=self.code)]
        return "\n".join([DEMONSTRATION, *lines] if self.demonstration else lines)


def compose_mail(mail: Mail, to: str, parts: Sequence[MailPart], *, sender: str, url: str) -> EmailMessage:
    """The mail: the same at each try, including its Message-ID and date."""
    message = EmailMessage()
    message["From"], message["To"] = sender, to
    message["Subject"] = subject_of_mail(parts)
    message["Date"], message["Message-ID"] = format_datetime(mail.made_at), mail.message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: automatic replies stay away
    end = [WHERE.format(url=url)] if url else []
    message.set_content("\n\n".join([*(part.text() for part in parts), *end, STOP, NOTICE]) + "\n")
    return message


class StopHeader(str):
    """The address that stops mail, in one piece: a long one would be encoded, and nobody reads that."""

    __slots__ = ()
    name = "List-Unsubscribe"

    def fold(self, *, policy: Policy) -> str:
        """The line as it is sent."""
        return f"{self.name}: {self}{policy.linesep}"


def add_stop_headers(message: EmailMessage, url: str | None) -> None:
    """Let mail clients stop mail with one click (RFC 2369, RFC 8058), where there is an address for it."""
    if url:
        message[StopHeader.name] = StopHeader(f"<{url}>")
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def subject_of_mail(parts: Sequence[MailPart]) -> str:
    """The subject: which body it is about, and whether it is a demonstration."""
    bodies = list(dict.fromkeys(part.body for part in parts))
    about = bodies[0] if len(bodies) == 1 else f"{len(bodies)} bodies"
    prefix = "[Demonstration] " if any(part.demonstration for part in parts) else ""
    return f"{prefix}What came of what you told {about}"


def new_message_id(mail_id: UUID, sender: str) -> str:
    """The Message-ID of a mail, made once, before its first try."""
    return f"<{mail_id}@{parseaddr(sender)[1].partition('@')[2] or 'localhost'}>"
