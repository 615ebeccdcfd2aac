"""The steps of telling: people are told together, and everybody who can be told has been."""

from collections.abc import Iterator

from services.loop.core.attempts import Attempt
from services.loop.core.steps import Step, StepRoute, guard
from services.loop.tellings.schemas import NewGroupTelling
from shared.errors import Invalid, invalid
from shared.events import loop as events


@guard(Invalid)
def is_held_by_now(attempt: Attempt[NewGroupTelling]) -> None:
    """Refuse a telling that has not happened yet."""
    if attempt.request.held_on > attempt.on:
        raise invalid("/held_on", "Give the date on which people were told. It cannot be in the future.")


def example_group_tellings(attempt: Attempt[None]) -> Iterator[NewGroupTelling]:
    """A meeting of today."""
    yield NewGroupTelling(held_on=attempt.on, way="meeting of the patients' panel", people=14)


GROUP_TELLING = Step[NewGroupTelling](
    name="group_telling",
    sources=("telling",),
    event=events.LoopGroupTold,
    guards=(is_held_by_now,),
    starts=("update",),
    route=StepRoute(
        summary="Log that people were told together", examples=example_group_tellings, makes_something=True
    ),
)
TELLING = Step[None](
    name="telling",
    sources=("telling",),
    target="verdict_open",
    event=events.LoopContributorsTold,
    stamp="verdict_opened_at",
    starts=("verdict",),
)
STEPS = (GROUP_TELLING, TELLING)
