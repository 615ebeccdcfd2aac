"""The mail server of the story: takes mail as any server does, and keeps it in memory."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.stage import HERE

CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


class MailSink:
    """What mail came, by the address that it was for."""

    def __init__(self) -> None:
        self.letters: dict[str, list[str]] = {}

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- the name is aiosmtpd's
        """Keep a mail."""
        message = message_from_bytes(envelope.content or b"", policy=policy.default)  # type: ignore[arg-type] # bytes, unless text is asked for
        for address in envelope.rcpt_tos:
            self.letters.setdefault(address, []).append(message.get_content())
        return "250 OK"

    def codes_for(self, address: str) -> list[str]:
        """The reply codes that came to an address, the newest last."""
        return [code for letter in self.letters.get(address, []) for code in CODE.findall(letter)]


@contextmanager
def run_mail_server(port: int, host: str = HERE) -> Iterator[MailSink]:
    """Take mail at a port of one of this machine's addresses."""
    sink = MailSink()
    controller = Controller(sink, hostname=host, port=port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
