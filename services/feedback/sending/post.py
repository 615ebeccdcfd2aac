"""The post: hands one mail to the mail server, and says what came of it."""

from email.message import EmailMessage
from typing import Literal

import aiosmtplib

from services.feedback.settings import Settings
from shared.logs import log

Outcome = Literal["delivered", "refused", "again"]
SMTP_SECONDS = 60
PERMANENT = 500


async def post(settings: Settings, message: EmailMessage) -> Outcome:
    """Hand over a mail: delivered after the server's 250, refused when it knows no such address."""
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
        # The address and the words are in the message, never in a log.
        log.warning("mail_not_taken", error=type(error).__name__)
        return "again"
    return "delivered"
