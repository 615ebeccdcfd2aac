"""What every change of a body begins and ends with."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain, records
from services.registry.bodies.errors import CodeTaken
from services.registry.ledger.acts import Act, Ledger, lock_bodies
from services.registry.ledger.views import Role, View, has_role
from services.registry.models import Body
from services.registry.stewards import may_write
from shared.clock import today
from shared.errors import VersionStale
from shared.versions import must_match


@dataclass(frozen=True, slots=True)
class Asked:
    """A change that is asked for: of which body, seen in which version, and by whom."""

    ref: str
    role: Role
    version: int
    act: Act


@dataclass(frozen=True, slots=True)
class Writing:
    """One act on a locked body."""

    ledger: Ledger
    body: Body
    # Other bodies whose relations to this one change with it.
    others: set[UUID] = field(default_factory=set)

    @property
    def session(self) -> AsyncSession:
        """The session in which it happens."""
        return self.ledger.session

    async def publish(self) -> "Told":
        """Publish that the body changed, and each other that changed with it."""
        await self.session.flush()
        await domain.publish_bodies(self.session, {self.body.id, *self.others}, self.ledger.act)
        return Told(str(self.body.id), max(today(), self.body.opened_on or date.min))


class Told(NamedTuple):
    """What was changed, and the day on which to show it: one that has not opened, on its first."""

    ref: str
    day: date


async def begin(
    session: AsyncSession,
    asked: Asked,
    *,
    also: Collection[UUID] = (),
    with_related: bool = False,
    wholly: bool = False,
) -> Writing:
    """Lock the body that a change is asked for, once it is sure that the steward may and has read it.

    With `also`, other bodies are locked as well; with `with_related`, the bodies whose relations lead to it.
    With `wholly`, the steward has to keep all the footprints that it belongs to.
    """
    body_id = await domain.identify_body(session, asked.ref, View(today()), asked.role)
    await may_write(session, asked.act.caller, body_id, wholly=wholly)
    wanted = {body_id, *also}
    if with_related:
        wanted |= await records.related_to(session, body_id)
    found = await lock_bodies(session, wanted)
    body = found.get(body_id)
    if body is None or body.withdrawn_at or not has_role(body, asked.role):
        raise domain.absent(asked.role)
    must_match(body, asked.version)
    if with_related and await records.related_to(session, body_id) - wanted:
        raise VersionStale  # a relation came in between
    return Writing(Ledger(session, asked.act), body)


async def refuse_taken(
    session: AsyncSession,
    codes: Collection[tuple[str, str]],
    since: date | None,
    until: date | None,
    *,
    but: UUID | None = None,
) -> None:
    """Refuse codes that another body has on any of these days; who wants the same one waits for the other."""
    for scheme, code in sorted(codes):
        await records.lock_code(session, scheme, code)
        if await records.holder_of(session, scheme, code, since or today(), until, but):
            raise CodeTaken
