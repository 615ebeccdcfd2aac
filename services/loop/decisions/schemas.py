"""The shape of a decision to record."""

from datetime import date

from pydantic import Field

from shared.events.loop import DecisionAnswer
from shared.schemas import Line, Prose, Schema


class NewDecision(Schema):
    """What was decided, by whom, and why."""

    answer: DecisionAnswer = Field(description="What was decided.")
    deciding_role: Line = Field(description="The role that decided, not the name of a person.")
    forum: Line = Field(description="Where it was decided: a board, a committee or a meeting.")
    decided_on: date = Field(description="The day on which it was decided.")
    reason: Prose | None = Field(
        None, description="Why. It must have substance for will_do_part, cannot and will_not."
    )
    constraint: Prose | None = Field(
        None, description="What exactly prevents it, if the reason is a lack of resources."
    )
    would_change: Prose | None = Field(None, description="When you decline: what would change the answer.")
    revisit_on: date | None = Field(None, description="When you decline: the day on which you look again.")
    final_because: Prose | None = Field(None, description="When you decline: why you never look again.")
    how_to_object: Prose | None = Field(None, description="When you decline: how people can object.")
    because: Prose | None = Field(
        None, description="If the reason is refused as too thin: why it is enough. This is public."
    )
