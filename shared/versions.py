"""Optimistic locking: `ETag` on what is read, `If-Match` on what is changed (RFC 9110 §13.1.1)."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

from shared.db import Versioned
from shared.errors import Invalid, VersionRequired, VersionStale, invalid, raises

ONE_VERSION = "If-Match must name the one version that you have read: send its ETag, not `*` or several."
# An answer may carry a hash of its body after the version: only the version counts.
ETAG = re.compile(r'"(\d{1,9})(?:-[0-9a-f]{16})?"')
# A tag as HTTP has it, and a list of them; a weak one (`W/`) never matches.
TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
TAGS = re.compile(rf"\*|{TAG}(?:[ \t]*,[ \t]*{TAG})*")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The version that a caller has read and wants to change; None where no tag is one of ours."""

    version: int | None


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


@raises(Invalid, VersionRequired, VersionStale)
async def if_match(
    request: Request,
    _: Annotated[str | None, Header(alias="If-Match", description="The one ETag that you read.")] = None,
) -> Wanted:
    """The version that the caller read; raises VersionRequired without any, Invalid if it is malformed.

    Invalid also for `*` and for several versions: they would change, publish or judge what nobody has read.
    Tags beside it that are not ours match nothing (RFC 9110, 13.1.1).
    """
    given = ", ".join(request.headers.getlist("If-Match")).strip()
    if not given:
        raise VersionRequired
    if not TAGS.fullmatch(given):
        raise invalid("/headers/If-Match", 'If-Match must be an ETag from this API, such as "3".')
    tags = re.findall(TAG, given)
    versions = {int(found.group(1)) for tag in tags if (found := ETAG.fullmatch(tag))}
    if given == "*" or len(versions) > 1:
        raise invalid("/headers/If-Match", ONE_VERSION)
    return Wanted(min(versions, default=None))


IfMatch = Annotated[Wanted, Depends(if_match)]


def must_match(aggregate: Versioned, wanted: Wanted) -> None:
    """Refuse with VersionStale unless the caller read the present version."""
    if aggregate.version != wanted.version:
        raise VersionStale(headers={"ETag": etag(aggregate.version)})
