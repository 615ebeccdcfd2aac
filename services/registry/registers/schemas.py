"""How registers are answered: one as the source of a body, and all that the registry was filled from."""

from datetime import date

from pydantic import Field

from shared.schemas import Answer, Moment


class RegisterNamed(Answer):
    """The register that a body is known from, and how old it is."""

    source: str = Field(description="The source of its facts; `steward` if a steward registered the body.")
    file: str | None = Field(description="The file of `/v1/sources-of-facts`; null for a steward.")
    as_of: date | None = Field(
        description="The day for which it says so; null if not known, or not yet imported at `known_at`."
    )


class RegisterOut(Answer):
    """A register that the registry was filled from."""

    file: str
    name: str
    publisher: str
    covers: str = Field(description="What it says, in words.")
    covers_from: date | None = Field(description="The first day that it says anything about, if known.")
    as_of: date | None = Field(description="The latest day that it says anything about, if known.")
    rows: int = Field(description="How many rows it had when it was imported last.")
    facts: int = Field(description="How many facts about bodies the registry now has from it.")
    licence: str
    address: str | None = Field(description="Where it is published; null if each row has its own address.")
    next_update: date | None = Field(description="When a newer one is due; null if that is not known.")
    imported_at: Moment = Field(description="When an import last brought something new in it.")


class Registers(Answer):
    """All registers that the registry was filled from."""

    items: list[RegisterOut]
