"""Sweeps: a steward refuses many waiting suggestions in one step, and can take that back."""

from collections import Counter
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import find_body_of_field
from services.registry.bodies.queries import bodies_on
from services.registry.bodies.schemas import body_named
from services.registry.ledger.views import View
from services.registry.suggestions import queries
from services.registry.suggestions.domain import find_for_steward, select_for_steward
from services.registry.suggestions.models import Suggestion
from services.registry.suggestions.queries import Swept
from services.registry.suggestions.schemas import BodySwept, NewSweep, SweepOut
from shared.change_request import ChangeRequest
from shared.clock import now, today
from shared.errors import NotFound, invalid
from shared.ids import new_id

PREVIEW = "Nothing has changed. Send it without `dry_run` to refuse these suggestions."
REFUSED = "They are refused. To take this back within 90 days, POST /v1/suggestions/sweeps/{id}/withdrawal."
NONE_WAITS = "No suggestion that waits is among these, so nothing has changed."
WAIT_AGAIN = "They wait again, as they did before."


class NothingSwept(NotFound):
    """You can see nothing that this sweep refused: it was taken back, or its suggestions are forgotten."""


async def sweep_suggestions(change: ChangeRequest, new: NewSweep) -> SweepOut:
    """Refuse what waits and was chosen; with `dry_run` only count it."""
    chosen = await select_chosen(change, new)
    if new.dry_run:
        found = await queries.find_chosen(change.session, chosen)
        return await sweep_view(change.session, None, found, PREVIEW)
    sweep_id = new_id()
    decided = {"reason": new.reason, "decided_at": now(), "decided_by": change.caller.client_id}
    swept = await queries.change_state(change.session, chosen, "refused", **decided, sweep_id=sweep_id)
    return await sweep_view(change.session, sweep_id, swept, REFUSED.format(id=sweep_id))


async def withdraw_sweep(change: ChangeRequest, sweep_id: UUID) -> SweepOut:
    """Have what a sweep refused wait again, unless it is forgotten; NothingSwept when there is none."""
    visible = await select_for_steward(change.session, change.caller, "refused")
    refused = visible.where(Suggestion.sweep_id == sweep_id, Suggestion.value.is_not(None))
    undecided = dict.fromkeys(("reason", "decided_at", "decided_by", "sweep_id"))
    restored = await queries.change_state(change.session, refused, "waiting", **undecided)
    if not restored:
        raise NothingSwept
    return await sweep_view(change.session, sweep_id, restored, WAIT_AGAIN)


async def select_chosen(change: ChangeRequest, new: NewSweep) -> Select[Suggestion]:
    """Select what a sweep chooses of what waits and the steward may see; Invalid names a field."""
    chosen = await select_for_steward(change.session, change.caller, "waiting")
    if new.body:
        body = await find_body_of_field(change.session, new.body, View(today()), "any", "/body")
        chosen = chosen.where(Suggestion.body_id == body.id)
    if new.same_sender_as:
        chosen = chosen.where(Suggestion.sender == await sender_of(change, new.same_sender_as))
    if new.made_from:
        chosen = chosen.where(Suggestion.made_at >= new.made_from)
    return chosen.where(Suggestion.made_at <= new.made_until) if new.made_until else chosen


async def sender_of(change: ChangeRequest, suggestion_id: UUID) -> str:
    """Who sent a suggestion that the steward may see; Invalid when nobody knows any more."""
    field = "/same_sender_as"
    try:
        found = await find_for_steward(change.session, suggestion_id, change.caller)
    except NotFound as error:
        raise invalid(field, "You can see no suggestion with this id. List them first.") from error
    if found.sender is None:
        raise invalid(field, "We forget senders after 30 days. Choose by `body` or `made_from` instead.")
    return found.sender


async def sweep_view(
    session: AsyncSession, sweep_id: UUID | None, swept: list[Swept], message: str
) -> SweepOut:
    """What a sweep changes or would change, by body."""
    counted = Counter(each.body_id for each in swept)
    about = await bodies_on(session, set(counted), View(today()))
    return SweepOut(
        id=sweep_id if swept else None,
        suggestions=len(swept),
        senders=len({each.sender for each in swept}),
        bodies=[BodySwept(body=body_named(about[each]), suggestions=n) for each, n in counted.most_common()],
        message=message if swept else NONE_WAITS,
    )
