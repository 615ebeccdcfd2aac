"""The ledger: the one place where facts are said, restated, withdrawn and undone.

Nothing that was ever said is lost. A fact is a row of a table that is `Recorded`; its provenance (when it was
said, by which act, until when, and of which row it is an earlier form) is set here and nowhere else.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints
from sqlalchemy import inspect, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.models import (
    Appointment,
    Body,
    BodyCode,
    BodyName,
    Boundary,
    Contact,
    LegalForm,
    Recorded,
    Relation,
)
from shared.auth import Actor, Caller
from shared.clock import now
from shared.errors import Conflict
from shared.ids import new_id
from shared.plain_words import at_least
from shared.schemas import Schema, one_line

F = TypeVar("F", bound=Recorded)
FACTS: tuple[type[Recorded], ...] = (BodyName, BodyCode, LegalForm, Boundary, Relation, Appointment, Contact)
# What a copy of a fact does not take over: the database gives the first two, the ledger the others.
NOT_COPIED = frozenset({"id", "words", "superseded_at", "superseded_by", "earlier_form_of", "file"})
Because = Annotated[
    str, StringConstraints(min_length=3, max_length=500), AfterValidator(one_line), at_least(1)
]


class Reasoned(Schema):
    """A change with its reason and its source; both are public."""

    reason: Because = Field(description="Why, in one line that everybody may read; name no patient.")
    source: Because = Field(description="Where that can be checked: an address, or what was published when.")


class ChangedMeanwhile(Conflict):
    """Other changes reached these bodies while you asked: send the same again."""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does to the registry: why, by which source, and who. One act may change many facts."""

    reason: str
    source: str
    caller: Caller = field(default_factory=Caller)
    actor: Actor | None = None
    id: UUID = field(default_factory=new_id)

    @classmethod
    def of(cls, given: Reasoned, caller: Caller, actor: Actor | None = None) -> "Act":
        """The act that a request asks for."""
        return cls(given.reason, given.source, caller, actor)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What one act says; all of it is recorded at one instant, so that nobody sees a half of it.

    The bodies that facts are about must be new, or locked until the transaction ends (`lock_bodies`).
    """

    session: AsyncSession
    act: Act
    at: datetime = field(default_factory=now)

    def say(self, *facts: Recorded) -> None:
        """Say something new."""
        for fact in facts:
            fact.recorded_at, fact.imported, fact.act_id = self.at, False, self.act.id
        self.session.add_all(facts)

    def restate(self, fact: Recorded, **values: object) -> None:
        """Say something else from now on; what the fact said so far stays in a row beside it."""
        earlier = copy_of(fact)
        earlier.recorded_at, earlier.imported, earlier.act_id = fact.recorded_at, fact.imported, fact.act_id
        earlier.file, earlier.earlier_form_of = fact.file, fact.id
        earlier.superseded_at, earlier.superseded_by = self.at, self.act.id
        self.session.add(earlier)
        for name, value in values.items():
            setattr(fact, name, value)
        fact.recorded_at, fact.imported, fact.act_id = self.at, False, self.act.id

    def withdraw(self, *facts: Recorded) -> None:
        """Withdraw a fact that was never true."""
        for fact in facts:
            fact.superseded_at, fact.superseded_by = self.at, self.act.id

    async def undo(
        self, act_id: UUID, *, keep_facts_of: Collection[UUID] = (), lock: Collection[UUID] = ()
    ) -> set[UUID]:
        """Withdraw what an act said, and say again what it superseded; returns the bodies concerned, locked.

        What somebody said of the same facts since is left alone. The own facts of bodies in `keep_facts_of`
        stay as they are (a body that is withdrawn itself keeps its name), their relations do not. The bodies
        in `lock` are locked with those concerned, for what the caller changes beside. The columns of the
        bodies themselves (`opened_on`, `closed_on`, …) are no facts: the caller restores them afterwards,
        the bodies being locked. ChangedMeanwhile when the act touched more bodies while they were locked.

        To take a declaration back, undo its act; to correct one, undo it and say the new one in the same
        transaction by an act of its own, whose id is then kept for the next time.
        """
        concerned = bodies_of(await facts_of_act(self.session, act_id)) | {*keep_facts_of, *lock}
        await lock_bodies(self.session, concerned)
        facts = await facts_of_act(self.session, act_id)
        if bodies_of(facts) - concerned:
            raise ChangedMeanwhile
        kept = set(keep_facts_of)
        facts = [fact for fact in facts if isinstance(fact, Relation) or not fact.concerned & kept]
        standing = {
            (type(fact), fact.id): fact
            for fact in facts
            if fact.act_id == act_id and fact.superseded_at is None
        }
        for fact in facts:
            if fact.superseded_by == act_id and fact.act_id != act_id:
                self._say_again(fact, standing)
        self.withdraw(*(each for each in standing.values() if each.act_id == act_id))
        return concerned

    def _say_again(
        self, earlier: Recorded, standing: Mapping[tuple[type[Recorded], int | UUID], Recorded]
    ) -> None:
        """Say again what an act superseded, unless somebody said something else of it since."""
        if earlier.earlier_form_of is None:
            fact: Recorded | None = copy_of(earlier)
        else:
            fact = standing.get((type(earlier), earlier.earlier_form_of))
        if fact is None:
            return
        if earlier.earlier_form_of is None:
            self.say(fact)
        else:
            self.restate(fact, **values_of(earlier))
        # What an import said stands again: the next one compares with it, and no more with its earlier form.
        fact.imported, fact.file, earlier.file = earlier.imported, earlier.file, None


def values_of(fact: Recorded) -> dict[str, object]:
    """What a fact says, without who said it and when."""
    provenance = NOT_COPIED | {"recorded_at", "imported", "act_id"}
    return {
        each.key: getattr(fact, each.key)
        for each in inspect(type(fact)).column_attrs
        if each.key not in provenance
    }


def copy_of(fact: F, **values: object) -> F:
    """A new row that says the same as a fact but for some values; nobody says it yet."""
    return type(fact)(**values_of(fact) | values)


async def facts_of_act(session: AsyncSession, act_id: UUID) -> list[Recorded]:
    """What an act said, and what it superseded, as it stands now."""
    found: list[Recorded] = []
    for model in FACTS:
        wanted = select(model).where(or_(model.act_id == act_id, model.superseded_by == act_id))
        rows = await session.scalars(wanted.order_by(model.id).execution_options(populate_existing=True))
        found += rows.all()
    return found


def bodies_of(facts: Collection[Recorded]) -> set[UUID]:
    """The bodies that facts are about: both of a relation."""
    return set().union(*(fact.concerned for fact in facts))


async def lock_bodies(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Body]:
    """Bodies, locked until the transaction ends; everybody locks in the same order."""
    wanted = select(Body).where(Body.id.in_(ids)).order_by(Body.id).with_for_update(key_share=True)
    found = await session.scalars(wanted.execution_options(populate_existing=True))
    return {each.id: each for each in found}
