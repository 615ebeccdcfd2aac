"""Shapes of what may be done next."""

from datetime import date
from uuid import UUID

from pydantic import Field

from services.loop.core.steps import Whose
from shared.events.loop import State
from shared.schemas import Answer


class Missing(Answer):
    """Something that a step still needs."""

    pointer: str | None = Field(description="The field of the request, if a field can supply it.")
    code: str = Field(description="The code of the problem that you get without it.")
    detail: str
    before: bool = Field(description="Whether it must happen first: no field of the request can supply it.")


class NextStep(Answer):
    """A step that the state of a loop allows."""

    step: str
    path: str = Field(description="Where to send it, by POST, with `If-Match` and `Doorway-Actor`.")
    whose: Whose = Field(description="Who may take it.")
    yours: bool = Field(description="Whether your client may take it.")
    due_on: date | None = Field(description="The day by which it is due.")
    missing: list[Missing] = Field(description="Everything that it needs.")
    example: dict[str, object] = Field(
        description="A request that passes once everything that must happen first has happened. Put your own "
        "facts in place of those that it invents."
    )


class NextSteps(Answer):
    """What may be done with a loop now."""

    loop_id: UUID
    state: State
    version: int
    steps: list[NextStep]
