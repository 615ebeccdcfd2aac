"""Optimistic locking: `ETag` on what is read, `If-Match` on what is changed (RFC 9110 §13.1.1)."""

import re
from dataclasses import dataclass
from typing import Annotated, Self

from fastapi import Depends, Header, Request

from shared.db import Versioned
from shared.errors import Invalid, VersionRequired, VersionStale, invalid, raises

# An answer may carry a hash of its body after the version: only the version counts.
ETAG = re.compile(r'"(\d{1,9})(?:-[0-9a-f]{16})?"')
# A tag as HTTP has it, and a list of them; a weak one (`W/`) never matches.
TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
TAGS = re.compile(rf"\*|{TAG}(?:[ \t]*,[ \t]*{TAG})*")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The versions of which a caller wants to change one; None: any that there is."""

    versions: frozenset[int] | None

    @classmethod
    def only(cls, version: int) -> Self:
        """This version and no other."""
        return cls(frozenset({version}))

    def __contains__(self, version: int) -> bool:
        """Whether the caller wants to change this version."""
        return self.versions is None or version in self.versions


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


@raises(Invalid, VersionRequired, VersionStale)
async def if_match(
    request: Request,
    _: Annotated[str | None, Header(alias="If-Match", description="The ETag that you read.")] = None,
) -> Wanted:
    """The versions that the caller read; raises VersionRequired without any, Invalid if they are malformed.

    Several tags match if one does, and `*` matches any version (RFC 9110, 13.1.1).
    """
    given = ", ".join(request.headers.getlist("If-Match")).strip()
    if not given:
        raise VersionRequired
    if not TAGS.fullmatch(given):
        raise invalid("/headers/If-Match", 'If-Match must be an ETag from this API, such as "3".')
    if given == "*":
        return Wanted(None)
    tags = re.findall(TAG, given)
    return Wanted(frozenset(int(found.group(1)) for tag in tags if (found := ETAG.fullmatch(tag))))


IfMatch = Annotated[Wanted, Depends(if_match)]


def must_match(aggregate: Versioned, wanted: Wanted) -> None:
    """Refuse with VersionStale unless the caller read the present version."""
    if aggregate.version not in wanted:
        raise VersionStale(headers={"ETag": etag(aggregate.version)})
