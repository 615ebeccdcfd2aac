"""The one call between services: which footprint a postcode is in. No postcode is stored or logged."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self
from uuid import UUID

import httpx2

from services.feedback.errors import LookupUnavailable, PostcodeNotFound
from services.feedback.settings import Settings
from shared.auth import Caller, TokenSigner
from shared.errors import FieldError

ISSUER, KEY_ID = "doorway-feedback", "feedback-1"
POINTER = "/postcode"
# Problems of the registry whose words say what to do; none of them repeats the postcode.
SAYS_WHY = ("postcode_outside_england", "postcode_is_no_place")
INCOMPLETE = "This part of a postcode lies in more than one footprint. Give the full postcode."


@dataclass(frozen=True, slots=True)
class PostcodeLookup:
    """Asks the registry, with a token that this service signs."""

    client: httpx2.AsyncClient
    signer: TokenSigner

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator[Self]:
        """Keep connections to the registry open while the block runs."""
        signer = TokenSigner(settings.token_private_key, ISSUER, KEY_ID)
        client = httpx2.AsyncClient(base_url=settings.registry_url, timeout=settings.lookup_seconds)
        async with client:
            yield cls(client, signer)

    async def footprint_of_postcode(self, postcode: str) -> UUID:
        """The footprint of a postcode; PostcodeNotFound or LookupUnavailable."""
        token = self.signer.sign(Caller(), "registry")
        try:
            answer = await self.client.post(
                "/v1/lookup", json={"postcode": postcode}, headers={"Authorization": f"Bearer {token}"}
            )
        except httpx2.HTTPError:
            # The cause is left out: its request holds the postcode.
            raise LookupUnavailable from None
        if answer.status_code in (404, 422):
            detail = detail_of(answer)
            raise PostcodeNotFound(detail, errors=[FieldError(pointer=POINTER, detail=detail)])
        if answer.status_code != 200:
            raise LookupUnavailable
        try:
            body = answer.json()
            if body["footprint"] is None and body["candidates"]:
                raise PostcodeNotFound(INCOMPLETE, errors=[FieldError(pointer=POINTER, detail=INCOMPLETE)])
            return UUID(body["footprint"]["id"])
        except (ValueError, TypeError, KeyError):
            raise LookupUnavailable from None


def detail_of(answer: httpx2.Response) -> str:
    """Why the registry finds no footprint, if it says more than that: the place may lie outside England."""
    try:
        problem = answer.json()
        said = problem["detail"] if problem["code"] in SAYS_WHY else None
    except (ValueError, TypeError, KeyError):
        said = None
    return said if isinstance(said, str) else PostcodeNotFound.sentence()
