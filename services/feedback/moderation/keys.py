"""The keys that an erasure needs: of the pseudonyms, and of the payloads that words came in."""

from dataclasses import dataclass
from typing import Annotated, Self

from fastapi import Depends, Request

from services.feedback.codes import ReplyKeys
from services.feedback.settings import Settings
from services.feedback.sources.sealing import SourceSeals
from shared.state import state_of


@dataclass(frozen=True, slots=True)
class ErasureKeys:
    """What finds and opens everything that is personal about feedback."""

    codes: ReplyKeys
    seals: SourceSeals

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The keys of this deployment."""
        return cls(ReplyKeys(settings.reply_key), SourceSeals(settings.seal_key))


async def keys_of_request(request: Request) -> ErasureKeys:
    """The keys for the erasures of a request."""
    return ErasureKeys.from_settings(state_of(request, Settings))


Erasing = Annotated[ErasureKeys, Depends(keys_of_request)]
