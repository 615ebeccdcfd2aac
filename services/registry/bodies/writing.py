"""What every change of a body begins and ends with."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain, records
from services.registry.bodies.errors import CodeTaken
from services.registry.ledger.acts import Act, Ledger
from services.registry.ledger.views import Role, View, has_role
from services.registry.models import Body
from services.registry.stewards import SHARED, NotYourBody, is_writable_by
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

    @property
    def changed(self) -> set[UUID]:
        """The bodies whose change is published."""
        return {self.body.id, *self.others}


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
    wanted = {body_id, *also}
    if with_related:
        wanted |= await records.related_to(session, body_id)
    may = is_writable_by(asked.act.caller, wholly=wholly)
    body, is_allowed = await lock_with_rights(session, wanted, body_id, may)
    if body is None or body.withdrawn_at or not has_role(body, asked.role):
        raise domain.absent(asked.role)
    if not is_allowed:
        raise NotYourBody(SHARED if wholly else None)
    must_match(body, asked.version)
    if with_related and await records.related_to(session, body_id) - wanted:
        raise VersionStale  # a relation came in between
    return Writing(Ledger(session, asked.act), body)


async def lock_with_rights(
    session: AsyncSession, ids: Collection[UUID], body_id: UUID, may: ColumnElement[bool]
) -> tuple[Body | None, bool]:
    """Lock bodies as `lock_bodies` does; returns one of them, and whether a steward may change it."""
    wanted = select(Body, may).where(Body.id.in_(ids)).order_by(Body.id)
    locking = wanted.with_for_update(key_share=True, of=Body)
    found = (await session.execute(locking.execution_options(populate_existing=True))).all()
    return next(((body, is_allowed) for body, is_allowed in found if body.id == body_id), (None, False))


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
