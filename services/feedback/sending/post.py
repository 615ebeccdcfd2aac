"""Handing one mail to the mail server."""

from email.message import EmailMessage
from typing import Literal

import aiosmtplib

from services.feedback.settings import Settings
from shared.logs import log

PostResult = Literal["delivered", "address_refused", "mail_refused", "again"]
SMTP_SECONDS = 60
PERMANENT = 500


async def post_mail(settings: Settings, message: EmailMessage) -> PostResult:
    """Hand over a mail: `delivered` after the server's 250, or what was refused for good.

    A 5xx to the sender, the recipient or the words is final (RFC 5321, 4.2.1), a 4xx is tried again. A server
    that refuses the greeting or the password refuses this deployment, not this mail: that is tried again.
    """
    try:
        await aiosmtplib.send(
            message,
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user or None,
            password=settings.smtp_password or None,
            use_tls=settings.smtp_security == "tls",
            start_tls=settings.smtp_security == "starttls",
            cert_bundle=settings.smtp_ca_path or None,
            timeout=SMTP_SECONDS,
        )
    except aiosmtplib.SMTPRecipientsRefused as error:
        permanent = all(each.code >= PERMANENT for each in error.recipients)
        return "address_refused" if permanent else "again"
    except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
        # The server's own words may repeat the address: only its code is logged.
        log.warning("mail_not_taken", error=type(error).__name__, smtp_code=error.code)
        return "mail_refused" if error.code >= PERMANENT else "again"
    except (aiosmtplib.SMTPException, OSError) as error:
        # The message holds the address and the words: they must never reach a log. Its cause tells a
        # certificate that is not trusted from a server that is away.
        log.warning("mail_not_taken", error=type(error.__cause__ or error).__name__)
        return "again"
    return "delivered"
