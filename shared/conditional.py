"""Conditional GET: a repeated request for something unchanged gets 304 without a body (RFC 9110 §13.1.2).

The tag of an answer is a hash of its body, after its version if it has one: so it also serves `If-Match`.
Answers that are streamed bring their own tag, and their routes compare it.
"""

import hashlib
import re

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.datastructures import Headers
from starlette.responses import Response

from shared.auth import Authentication
from shared.errors import Unauthorised
from shared.state import state_of

# A larger answer has no tag. Pages are far smaller.
BODY_BYTES_MAX = 4_194_304
HASH_BYTES = 8  # as If-Match reads them after a version, see shared/versions.py
TAG = re.compile(r'(?:W/)?("[^"]*")')
UNCHANGED: dict[str, object] = {
    "description": "Nothing has changed: `If-None-Match` has the tag of the present answer."
}
OF_BODIES = ("content-length", "content-type")


def tag_answer(request: Request, answer: Response) -> Response:
    """The same answer with its tag, and with who may store it."""
    if answer.status_code not in (200, 304):
        return answer
    set_cache_headers(request, answer)
    is_whole = answer.status_code == 200 and not isinstance(answer, StreamingResponse)
    if is_whole and len(answer.body) <= BODY_BYTES_MAX:
        answer.headers["ETag"] = tag_of(bytes(answer.body), answer.headers.get("ETag"))
    return answer


def answer_unless_known(request: Request, answer: Response) -> Response:
    """A tagged answer, or 304 where the caller already has it."""
    tag = answer.headers.get("ETag")
    if answer.status_code != 200 or tag is None or not is_known(request.headers, tag):
        return answer
    kept = {name: value for name, value in answer.headers.items() if name not in OF_BODIES}
    return Response(status_code=304, headers=kept)


def set_cache_headers(request: Request, answer: Response) -> None:
    """Say who may store the answer: it must be checked each time, and may depend on the caller."""
    answer.headers.add_vary_header("Authorization")
    answer.headers.setdefault("Cache-Control", "no-cache" if is_public(request) else "private, no-cache")


def is_public(request: Request) -> bool:
    """Whether everybody gets this answer."""
    try:
        return state_of(request, Authentication).caller_of(request).is_anonymous
    except Unauthorised:
        return False  # the token has expired since


def is_known(headers: Headers, tag: str) -> bool:
    """Whether the caller already has the answer with this tag, by the weak comparison."""
    given = ", ".join(headers.getlist("If-None-Match"))
    return given.strip() == "*" or tag in TAG.findall(given)


def tag_of(body: bytes, version: str | None) -> str:
    """The tag of an answer: its version, if it has one, and a hash of the body."""
    found = hashlib.blake2b(body, digest_size=HASH_BYTES).hexdigest()
    return f'"{version.strip(chr(34))}-{found}"' if version else f'"{found}"'
