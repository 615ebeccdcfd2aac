"""Stewards accept suggestions, as they are or corrected, or refuse them."""

from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.appointments import domain as appointments
from services.registry.appointments.schemas import NewHolding
from services.registry.contacts import domain as contacts
from services.registry.contacts.schemas import ContactGiven
from services.registry.ledger.acts import Act
from services.registry.models import Body
from services.registry.suggestions.domain import find_for_steward
from services.registry.suggestions.models import Suggestion
from services.registry.suggestions.schemas import (
    Acceptance,
    ContactAccepted,
    DecidedSuggestion,
    LeaderAccepted,
    Refusal,
)
from services.registry.suggestions.views import result_path, suggestion_views
from shared.change_request import EditRequest
from shared.clock import now
from shared.db import locked
from shared.errors import Conflict, FieldError, Problem
from shared.versions import must_match

PUBLIC = "It is public now. To undo it, POST {result}/withdrawal, or /corrections or /ending there."
NOTHING_PUBLIC = "Nothing public has changed. Make the change where such facts are recorded."
REFUSED = "We forget what it suggested after 90 days. Anybody with its code can read your reason."
# Of a holder's name, as `Line` has it.
NAME_CHARS_MAX = 200
Result = tuple[UUID | None, bool]


class AlreadyDecided(Conflict):
    """This suggestion no longer waits: it lapsed, or a steward decided. Correct or end what came of it."""


class NotAsSuggested(Problem):
    """The suggestion does not say all that is needed to accept it. Add what `errors` names."""

    status = 422

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail, errors=[FieldError(pointer=pointer, detail=detail)])


async def accept_suggestion(change: EditRequest, suggestion_id: UUID, given: Acceptance) -> DecidedSuggestion:
    """Accept a suggestion. A leader or a contact becomes public with it."""
    visible = await find_for_steward(change.session, suggestion_id, change.caller)
    # Whoever changes a body locks it first.
    body = await locked(change.session, Body, visible.body_id)
    suggestion = await open_suggestion(change, suggestion_id)
    act = Act(given.reason, source_of(suggestion, given), change.caller, change.actor)
    result_id, is_corrected = await record_result(change.session, body, suggestion, given, act)
    suggestion.result_id, suggestion.act_id = result_id, act.id
    message = PUBLIC.format(result=result_path(suggestion)) if result_id else NOTHING_PUBLIC
    return await decide(
        change, suggestion, "corrected" if is_corrected else "accepted", given.reason, message
    )


async def refuse_suggestion(change: EditRequest, suggestion_id: UUID, given: Refusal) -> DecidedSuggestion:
    """Refuse a suggestion, with a reason for whoever has its code."""
    await find_for_steward(change.session, suggestion_id, change.caller)
    suggestion = await open_suggestion(change, suggestion_id)
    return await decide(change, suggestion, "refused", given.reason, REFUSED)


async def open_suggestion(change: EditRequest, suggestion_id: UUID) -> Suggestion:
    """A waiting suggestion, locked, in the version that the caller has read; otherwise AlreadyDecided."""
    suggestion = await locked(change.session, Suggestion, suggestion_id)
    if suggestion.state != "waiting":
        raise AlreadyDecided
    must_match(suggestion, change.version)
    return suggestion


async def decide(
    change: EditRequest, suggestion: Suggestion, state: str, reason: str, message: str
) -> DecidedSuggestion:
    """Record the decision. It has no event of its own: what comes of it has."""
    suggestion.state, suggestion.reason = state, reason
    suggestion.decided_at, suggestion.decided_by = now(), change.caller.client_id
    suggestion.version += 1
    await change.session.flush()
    [view] = await suggestion_views(change.session, [suggestion])
    return DecidedSuggestion(**dict(view), message=message)


def source_of(suggestion: Suggestion, given: Acceptance) -> str:
    """Where readers can check what was accepted; NotAsSuggested when nobody has said."""
    if source := given.source or suggestion.source_url:
        return source
    raise NotAsSuggested("/source", "The suggestion has no address. Say where readers can check it.")


async def record_result(
    session: AsyncSession, body: Body, suggestion: Suggestion, given: Acceptance, act: Act
) -> Result:
    """Record what a suggestion says; the id of what came of it, and whether the steward corrected it."""
    for part in ("leader", "contact"):
        if getattr(given, part) and suggestion.what != part:
            raise NotAsSuggested(f"/{part}", f"This suggestion is not about a {part}. Leave `{part}` out.")
    if suggestion.what == "leader":
        return await appoint_leader(session, body, suggestion, given.leader or LeaderAccepted(), act)
    if suggestion.what == "contact":
        return await add_contact(session, body, suggestion, given.contact or ContactAccepted(), act)
    return None, False


async def appoint_leader(
    session: AsyncSession, body: Body, suggestion: Suggestion, given: LeaderAccepted, act: Act
) -> Result:
    """Appoint a suggested leader."""
    values = given.model_dump(exclude={"role", "status", "holder"})
    role, status, holder = given.role or suggestion.role, given.status or "confirmed", given.holder
    if role is None:
        raise NotAsSuggested("/leader/role", "The suggestion names no role. Say which role it is.")
    if holder is None and status not in ("vacant", "not_announced", "shared"):
        holder = suggestion.value or ""
        if len(holder) > NAME_CHARS_MAX:
            raise NotAsSuggested("/leader/holder", "The suggestion is too long for a name. Give the name.")
    new = NewHolding(role=role, status=status, holder=holder, **values)
    made, _ = await appointments.appoint_and_tell(session, body, new, act)
    return made.id, (holder, role, status) != (suggestion.value, suggestion.role, "confirmed")


async def add_contact(
    session: AsyncSession, body: Body, suggestion: Suggestion, given: ContactAccepted, act: Act
) -> Result:
    """Add a suggested contact."""
    suggested = {name: getattr(suggestion, name) for name in ("channel", "value", "purpose")}
    chosen = {name: getattr(given, name) or value for name, value in suggested.items()}
    for name, value in chosen.items():
        if value is None:
            raise NotAsSuggested(f"/contact/{name}", f"The suggestion gives no {name}. Say which it is.")
    try:
        new = ContactGiven.model_validate(given.model_dump() | chosen)
    except ValidationError as error:
        detail = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise NotAsSuggested("/contact/value", f"This does not fit the channel: {detail}.") from error
    made = await contacts.add(session, body, new, act)
    return made.id, chosen != suggested
