"""Codes by which suggesters see what became of what they said: derived, and stored nowhere."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from services.registry.settings import Settings
from shared.codes import code_from, read_code, ref_of
from shared.errors import Invalid, invalid
from shared.secrets import derive, key_of
from shared.state import state_of


class SuggestionCodes:
    """Derives codes, and what is kept of them, from the registry's secret key."""

    def __init__(self, seal_key: str) -> None:
        self.key = derive(key_of(seal_key), "suggestion codes")
        self.ref_key = derive(self.key, "ref")

    def code_of(self, suggestion_id: UUID) -> str:
        """Return the code of a suggestion, as `4N06-WRTP-QT88`."""
        return code_from(int.from_bytes(derive(self.key, "code", suggestion_id.hex)[:8], "big"))

    def ref_of(self, given: str) -> str:
        """Return the keyed hash under which a code is found, however it was typed; Invalid when none."""
        try:
            return ref_of(self.ref_key, read_code(given))
        except Invalid as error:
            detail = "A code has twelve letters, as 4N06-WRTP-QT88; one of these is not right."
            raise invalid("/code", detail) from error


async def codes_of(request: Request) -> SuggestionCodes:
    """Return what derives codes."""
    return SuggestionCodes(state_of(request, Settings).seal_key)


Codes = Annotated[SuggestionCodes, Depends(codes_of)]
