"""Codes that show what became of a suggestion: derived from its id, and stored nowhere."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from services.registry.settings import Settings
from shared.codes import code_from, read_code, ref_of
from shared.errors import Invalid, invalid
from shared.secrets import derive, key_of
from shared.state import state_of


class SuggestionCodes:
    """Derives the code of a suggestion, and the hash that finds it, from the registry's secret key."""

    def __init__(self, seal_key: str) -> None:
        self.key = derive(key_of(seal_key), "suggestion codes")
        self.ref_key = derive(self.key, "ref")

    def code_of(self, suggestion_id: UUID) -> str:
        """The code of a suggestion, such as `4N06-WRTP-QT88`."""
        return code_from(int.from_bytes(derive(self.key, "code", suggestion_id.hex)[:8], "big"))

    def ref_of(self, code: str) -> str:
        """The keyed hash that finds a code, however somebody typed it; Invalid when it is not a code."""
        try:
            return ref_of(self.ref_key, read_code(code))
        except Invalid as error:
            detail = "A code has 12 letters, such as 4N06-WRTP-QT88. At least one of these is wrong."
            raise invalid("/code", detail) from error


async def codes_of(request: Request) -> SuggestionCodes:
    """What derives codes in this service."""
    return SuggestionCodes(state_of(request, Settings).seal_key)


Codes = Annotated[SuggestionCodes, Depends(codes_of)]
