"""Optimistic locking: `ETag` on what is read, `If-Match` on what is changed (RFC 9110 §13.1.1)."""

import re
from typing import Annotated

from fastapi import Depends, Header

from shared.db import Versioned
from shared.errors import Invalid, VersionRequired, VersionStale, invalid, raises

# An answer may carry a hash of its body after the version: only the version counts.
ETAG = re.compile(r'"(\d{1,9})(?:-[0-9a-f]{16})?"')


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


@raises(Invalid, VersionRequired, VersionStale)
async def if_match(
    header: Annotated[str | None, Header(alias="If-Match", description="The ETag that you read.")] = None,
) -> int:
    """The version that the caller read; raises VersionRequired without one, Invalid if it is malformed."""
    if header is None:
        raise VersionRequired
    if not (found := ETAG.fullmatch(header.strip())):
        raise invalid("/headers/If-Match", 'If-Match must be an ETag from this API, such as "3".')
    return int(found.group(1))


IfMatch = Annotated[int, Depends(if_match)]


def must_match(aggregate: Versioned, wanted: int) -> None:
    """Refuse with VersionStale unless the caller read the present version."""
    if aggregate.version != wanted:
        raise VersionStale(headers={"ETag": etag(aggregate.version)})
