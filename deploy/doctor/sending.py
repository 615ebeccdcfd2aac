"""The people mail is sent to, and whether the mail server answers."""

import asyncio

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
    host, port = said("FEEDBACK_SMTP_HOST") or "127.0.0.1", int(said("FEEDBACK_SMTP_PORT") or 25)
    if mode == "live" and not await is_answering(host, port):
        sentence = f"The mail server does not answer at {host}:{port}: mail waits."
        notes.append(
            Fault(
                "mail_unreachable", sentence, "start it, or correct FEEDBACK_SMTP_HOST and FEEDBACK_SMTP_PORT"
            )
        )
    return notes


async def is_answering(host: str, port: int) -> bool:
    """Whether something takes connections at an address."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
