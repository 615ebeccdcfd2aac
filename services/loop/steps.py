"""Every step of a loop, in one table: the states that allow it, its guards, its new state and its event."""

from collections.abc import Mapping

from services.loop.commitments import steps as commitments
from services.loop.core.steps import AnyStep
from services.loop.decisions import steps as decisions
from services.loop.evidence import steps as evidence
from services.loop.inheritance import domain as inheritance
from services.loop.loops import steps as loops
from services.loop.tellings import steps as tellings
from services.loop.verdicts import closing

STEPS: Mapping[str, AnyStep] = {
    step.name: step
    for steps in (loops, decisions, evidence, commitments, tellings, closing, inheritance)
    for step in steps.STEPS
}
