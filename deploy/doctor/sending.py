"""The people mail is sent to, and whether the mail server answers and is trusted."""

import ssl
from collections.abc import Mapping

import aiosmtplib

from deploy.doctor.deployment import Deployment, Fault

CONNECT_SECONDS = 2
MODES = {
    "hold": "Mail is held: nobody is told what happened because of their feedback.",
    "allow_list": "Mail goes only to the addresses on the list: {}.",
    "live": "Mail goes to everybody who asked to be told.",
}


async def check_sending(deployment: Deployment) -> list[Fault]:
    """How mail is sent, and what is wrong when all of it should go out."""
    said = deployment.settings.get
    mode = said("FEEDBACK_SENDING") or "hold"
    if mode not in MODES:
        sentence = f"FEEDBACK_SENDING is {mode}. It must be one of {', '.join(MODES)}."
        return [Fault("sending_unknown", sentence, "set FEEDBACK_SENDING, and restart feedback's worker")]
    shown = MODES[mode].format(said("FEEDBACK_SENDING_ALLOW_LIST") or "nobody")
    notes = [
        Fault("sending", shown, "to change it, set FEEDBACK_SENDING and restart feedback's worker", note=True)
    ]
    if mode == "live" and (problem := await problem_of_server(deployment.settings)):
        notes.append(problem)
    return notes


async def problem_of_server(settings: Mapping[str, str]) -> Fault | None:
    """What is wrong with the mail server, asked as the teller asks it; it is given no mail."""
    host, port = (
        settings.get("FEEDBACK_SMTP_HOST") or "127.0.0.1",
        int(settings.get("FEEDBACK_SMTP_PORT") or 25),
    )
    security = settings.get("FEEDBACK_SMTP_SECURITY") or "none"
    server = aiosmtplib.SMTP(
        hostname=host,
        port=port,
        use_tls=security == "tls",
        start_tls=security == "starttls",
        cert_bundle=settings.get("FEEDBACK_SMTP_CA_PATH") or None,
        timeout=CONNECT_SECONDS,
    )
    try:
        async with server:
            return None
    except (aiosmtplib.SMTPException, OSError) as error:
        if isinstance(error.__cause__ or error, ssl.SSLError | FileNotFoundError):
            sentence = f"The certificate of the mail server at {host}:{port} is not trusted: mail waits."
            return Fault(
                "mail_not_trusted", sentence, "name the file of its authority in FEEDBACK_SMTP_CA_PATH"
            )
        sentence = f"The mail server does not answer at {host}:{port}: mail waits."
        return Fault(
            "mail_unreachable", sentence, "start it, or correct FEEDBACK_SMTP_HOST and FEEDBACK_SMTP_PORT"
        )
