"""Promises of a succeeded body in the loops of others: their owner is the heir, who must accept them."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.commitments.domain import commitment_facts, event_fields
from services.loop.core.attempts import attempt_by_rule
from services.loop.core.steps import RUNNING, Effect, Step, judge, take
from services.loop.inheritance import queries
from services.loop.inheritance.heirs import Succession, concerned_bodies, heir_of
from services.loop.models import Loop
from shared.events.loop import LoopCommitmentRevised

PROMISE_INHERITANCE = Step[None](name="promise_inheritance", sources=RUNNING, event=LoopCommitmentRevised)
STEPS = (PROMISE_INHERITANCE,)


async def hand_on_promises(session: AsyncSession, loops: Sequence[Loop], succession: Succession) -> None:
    """Give what a succeeded body promised and has not kept in these locked loops to its heir.

    The loops stay with the bodies that must answer them; each needs an owner to be named.
    """
    for loop in loops:
        heir = await heir_of(session, loop, succession)
        for commitment in await queries.unkept_of(session, loop, succession.predecessor):
            judged = judge(PROMISE_INHERITANCE, replace(attempt_by_rule(loop), commitment=commitment))
            commitment.owner_organisation_id = heir.id
            commitment.accepted_at, commitment.accepted_by = None, None
            loop.owner_to_be_named = True
            fields = event_fields(commitment) | {"organisations": concerned_bodies(loop, succession)}
            facts = commitment_facts(commitment, inherited_from=succession.predecessor)
            take(session, judged, Effect(fields=fields, facts=facts))
