"""Handing one mail to the mail server."""

from email.message import EmailMessage
from typing import Literal

import aiosmtplib

from services.feedback.settings import Settings
from shared.logs import log

PostResult = Literal["delivered", "refused", "again"]
SMTP_SECONDS = 60
PERMANENT = 500


async def post_mail(settings: Settings, message: EmailMessage) -> PostResult:
    """Hand over a mail: `delivered` after the server's 250, `refused` if it knows no such address."""
    try:
        await aiosmtplib.send(
            message,
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user or None,
            password=settings.smtp_password or None,
            use_tls=settings.smtp_security == "tls",
            start_tls=settings.smtp_security == "starttls",
            timeout=SMTP_SECONDS,
        )
    except aiosmtplib.SMTPRecipientsRefused as error:
        permanent = all(each.code >= PERMANENT for each in error.recipients)
        return "refused" if permanent else "again"
    except (aiosmtplib.SMTPException, OSError) as error:
        # The message holds the address and the words: they must never reach a log.
        log.warning("mail_not_taken", error=type(error).__name__)
        return "again"
    return "delivered"
