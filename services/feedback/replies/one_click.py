"""The address in each mail that stops mail with one click (RFC 8058): no key, no code, and nothing to read.

Mail clients post to it by themselves. Whoever opens it sees a button, because opening must change nothing:
scanners of mail open every address.
"""

from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import HTMLResponse
from pydantic import JsonValue

from services.feedback.codes import ReplyKeys
from services.feedback.errors import NoOneClick
from services.feedback.items.intake import Keys
from services.feedback.replies.domain import UNSUBSCRIBED
from services.feedback.sending.queries import persons_of_mail, reassess_person, suppress_person
from shared.auth import Anyone
from shared.clock import now
from shared.db import Session
from shared.routing import OpenRoute, Router

# Mail clients and mail servers on the way may add to the address.
router = Router(prefix="/v1", tags=["replies"], route_class=OpenRoute)
PATH = "/replies/unsubscribe/{token}"
Token = Annotated[str, Path(max_length=200, description="From `List-Unsubscribe` of a mail.")]
FIELD, VALUE = "List-Unsubscribe", "One-Click"
PAGE = """<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Mail from Doorway</title>
</head>
<body><main><h1>Mail from Doorway</h1>
{}
</main></body>
</html>
"""
BUTTON = f"""<p>If you want no more mail about what you told us, press the button.
Until then nothing changes.</p>
<p>Your code still shows what happens. You cannot start mail again here.</p>
<form method="post"><input type="hidden" name="{FIELD}" value="{VALUE}"><button>Stop mail</button></form>"""
STOPPED = f"<p>{UNSUBSCRIBED}</p>"
AS_PAGE: dict[int | str, dict[str, object]] = {
    200: {"content": {"text/html": {"schema": {"type": "string"}}}}
}
FORM: JsonValue = {
    "schema": {
        "type": "object",
        "required": [FIELD],
        "properties": {FIELD: {"type": "string", "enum": [VALUE]}},
    }
}
BODY: dict[str, JsonValue] = {
    "requestBody": {
        "required": True,
        "content": {"application/x-www-form-urlencoded": FORM},
    }
}


@router.get(PATH, response_class=HTMLResponse, responses=AS_PAGE)
async def explain_one_click(token: Token, _: Anyone) -> HTMLResponse:  # noqa: ARG001 -- it stays in the address
    """Say what the button does; this changes nothing."""
    return HTMLResponse(PAGE.format(BUTTON))


@router.post(PATH, response_class=HTMLResponse, responses=AS_PAGE, openapi_extra=BODY, problems=(NoOneClick,))
async def unsubscribe_by_click(
    token: Token, keys: Keys, _: Anyone, session: Session, request: Request
) -> HTMLResponse:
    """Stop all mail to the address that a mail went to; any token gets the same answer.

    The body is the form `List-Unsubscribe=One-Click`, as mail clients send it by themselves.
    It may also come as `multipart/form-data`.
    """
    body = await request.body()
    # Both kinds of form hold these words as they are, and nothing else of a form counts.
    if FIELD.encode() not in body or VALUE.encode() not in body:
        raise NoOneClick
    await stop_mail(session, token, keys)
    return HTMLResponse(PAGE.format(STOPPED))


async def stop_mail(session: Session, token: str, keys: ReplyKeys) -> None:
    """Stop mail to whoever got the mail with this token, whatever address they have left since."""
    mail_id = keys.mail_of_stop_token(token)
    for ref in await persons_of_mail(session, mail_id) if mail_id else ():
        await suppress_person(session, ref, "unsubscribed", now())
        await reassess_person(session, ref)
