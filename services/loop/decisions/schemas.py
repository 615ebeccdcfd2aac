"""The shape of a decision to record."""

from datetime import date
from typing import Annotated

from pydantic import Field

from services.loop.core.prose import WORDS_OF_A_FACT
from shared.events.loop import DecisionAnswer
from shared.plain_words import at_least
from shared.schemas import Line, Prose, Schema

# The name of a role or a forum can be one word.
Named = Annotated[Line, at_least(1)]
Fact = Annotated[Prose, at_least(WORDS_OF_A_FACT)]


class NewDecision(Schema):
    """What was decided, by whom, and why."""

    answer: DecisionAnswer = Field(description="What was decided.")
    deciding_role: Named = Field(description="The role that decided, not the name of a person.")
    forum: Named = Field(description="Where it was decided: a board, a committee or a meeting.")
    decided_on: date = Field(description="The day on which it was decided.")
    reason: Annotated[Prose, at_least(1)] | None = Field(
        None, description="Why. It must have substance for will_do_part, cannot and will_not."
    )
    constraint: Prose | None = Field(
        None, description="What exactly prevents it, if the reason is a lack of resources."
    )
    would_change: Fact | None = Field(None, description="When you decline: what would change the answer.")
    revisit_on: date | None = Field(None, description="When you decline: the day on which you look again.")
    final_because: Fact | None = Field(None, description="When you decline: why you never look again.")
    how_to_object: Fact | None = Field(None, description="When you decline: how people can object.")
    because: Prose | None = Field(
        None,
        description="If the reason is refused as too thin: why it is enough, in public. "
        "Otherwise leave it out.",
    )
