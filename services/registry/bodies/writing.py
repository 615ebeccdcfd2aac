"""What every change of a body begins and ends with."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain, records
from services.registry.bodies.errors import CodeTaken
from services.registry.ledger.acts import Act, Ledger, Reasoned
from services.registry.ledger.views import BodyOnDay, Role, View, has_role
from services.registry.models import Body, BodyCode, Recorded
from services.registry.stewards import SHARED, AnyEdit, NotYourBody, is_writable_by
from shared.clock import today
from shared.errors import VersionStale
from shared.versions import must_match


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

    async def publish(self) -> BodyOnDay:
        """Save the change of all that changed, last of all; the body as it is now, or on its first day."""
        changed = {self.body.id, *self.others}
        return (await domain.publish_bodies(self.session, changed, self.ledger.act))[self.body.id]

    async def refuse_codes_of_others(self, *facts: Recorded) -> None:
        """Refuse with CodeTaken the codes among facts that another body has on one of their days."""
        codes = [each for each in facts if isinstance(each, BodyCode)]
        for each in sorted(codes, key=lambda code: (code.scheme, code.code)):
            named = [(each.scheme, each.code)]
            await refuse_taken(self.session, named, each.valid_from, each.valid_to, but=self.body.id)


async def begin(
    change: AnyEdit,
    ref: str,
    role: Role,
    why: Reasoned,
    *,
    also: Collection[UUID] = (),
    with_related: bool = False,
    wholly: bool = False,
) -> Writing:
    """Lock the body that a request changes, once it is sure that the steward may and has read it.

    With `also`, other bodies are locked as well; with `with_related`, the bodies whose relations lead to it.
    With `wholly`, the steward must keep all the footprints that it belongs to.
    """
    session = change.session
    body_id = await domain.identify_body(session, ref, View(today()), role)
    ids = {body_id, *also}
    if with_related:
        ids |= await records.related_to(session, body_id)
    # Locked as `lock_bodies` does, with the steward's right to change each.
    wanted = select(Body, is_writable_by(change.caller, wholly=wholly)).where(Body.id.in_(ids))
    locking = wanted.order_by(Body.id).with_for_update(key_share=True, of=Body)
    found = (await session.execute(locking.execution_options(populate_existing=True))).all()
    body, is_allowed = next(((row[0], row[1]) for row in found if row[0].id == body_id), (None, False))
    if body is None or body.withdrawn_at or not has_role(body, role):
        raise domain.absent(role)
    if not is_allowed:
        raise NotYourBody(SHARED if wholly else None)
    must_match(body, change.version)
    if with_related and await records.related_to(session, body_id) - ids:
        raise VersionStale  # a relation came in between
    return Writing(Ledger(session, Act.of(why, change.caller, change.actor)), body)


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
