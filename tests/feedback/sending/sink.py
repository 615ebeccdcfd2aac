"""A real mail server that keeps what it gets, and answers as it is told to."""

import asyncio
import email
import os
import signal
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.message import Message
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    """Keeps mails; `refuse` and `later` are addresses that it does not take, for good or for now.

    `answers` says, for a command (MAIL or DATA), what it answers instead of taking the mail.
    """

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.refuse: set[str] = set()
        self.later: set[str] = set()
        self.answers: dict[str, str] = {}
        self.before_answer: Callable[[], None] = lambda: None
        self.at_recipient: Callable[[], None] = lambda: None
        self.port = 0

    async def handle_MAIL(  # noqa: N802 -- the name is aiosmtpd's
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        """Take a sender or not."""
        if answer := self.answers.get("MAIL"):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 -- the name is aiosmtpd's
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        """Take a recipient or not."""
        self.at_recipient()
        if address in self.refuse:
            return "550 5.1.1 no such mailbox"
        if address in self.later:
            return "451 4.7.1 come again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 -- the name is aiosmtpd's
        """Keep a mail, then answer."""
        if answer := self.answers.get("DATA"):
            return answer
        content: Any = envelope.content
        self.mails.append(email.message_from_bytes(content))
        self.before_answer()
        return "250 OK"

    def to(self, address: str) -> list[Message]:
        """The mails to an address."""
        return [mail for mail in self.mails if mail["To"] == address]


def killing(pid: int) -> Callable[[], None]:
    """A function that kills a process, once."""
    left = [pid]

    def kill() -> None:
        if left:
            os.kill(left.pop(), signal.SIGKILL)

    return kill


@asynccontextmanager
async def sink_running(
    *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None
) -> AsyncIterator[Sink]:
    """Run a sink on a free port; `starttls` takes nothing before the client has asked for encryption."""
    sink = Sink()

    def serve() -> SMTP:
        return SMTP(sink, tls_context=starttls, require_starttls=bool(starttls))

    server = await asyncio.get_running_loop().create_server(serve, "127.0.0.1", 0, ssl=tls)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
