"""Stewards accept suggestions, as they are or corrected, or refuse them."""

from uuid import UUID

from pydantic import ValidationError

from services.registry.appointments import domain as appointments
from services.registry.appointments.schemas import NewHolding
from services.registry.bodies.restated import publish_facts
from services.registry.bodies.writing import Writing
from services.registry.contacts import domain as contacts
from services.registry.contacts.schemas import ContactGiven
from services.registry.ledger.acts import Act, Ledger
from services.registry.models import Body
from services.registry.suggestions import schemas
from services.registry.suggestions.domain import find_for_steward, result_path, suggestion_views
from services.registry.suggestions.models import Suggestion
from services.registry.suggestions.schemas import DecidedSuggestion
from shared.change_request import EditRequest
from shared.clock import now
from shared.db import locked
from shared.errors import Conflict, Problem
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


async def accept_suggestion(
    change: EditRequest, suggestion_id: UUID, given: schemas.Acceptance
) -> DecidedSuggestion:
    """Accept a suggestion. A leader or a contact becomes public with it."""
    visible = await find_for_steward(change.session, suggestion_id, change.caller)
    # Whoever changes a body locks it first.
    body = await locked(change.session, Body, visible.body_id)
    suggestion = await open_suggestion(change, suggestion_id)
    source = given.source or suggestion.source_url
    if source is None:
        detail = "The suggestion has no address. Say where readers can check it."
        raise NotAsSuggested.at("/source", detail)
    act = Act(given.reason, source, change.caller, change.actor)
    work = Writing(Ledger(change.session, act), body)
    suggestion.result_id, is_corrected = await record_result(work, suggestion, given)
    suggestion.act_id = act.id
    result = result_path(suggestion)
    message = PUBLIC.format(result=result) if result else NOTHING_PUBLIC
    state = "corrected" if is_corrected else "accepted"
    return await decide(change, suggestion, state, given.reason, message)


async def refuse_suggestion(
    change: EditRequest, suggestion_id: UUID, given: schemas.Refusal
) -> DecidedSuggestion:
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


async def record_result(work: Writing, suggestion: Suggestion, given: schemas.Acceptance) -> Result:
    """Record what a suggestion says; the id of what came of it, and whether the steward corrected it."""
    for part in ("leader", "contact"):
        if getattr(given, part) and suggestion.what != part:
            detail = f"This suggestion is not about a {part}. Leave `{part}` out."
            raise NotAsSuggested.at(f"/{part}", detail)
    if suggestion.what == "leader":
        return await appoint_leader(work, suggestion, given.leader or schemas.LeaderAccepted())
    if suggestion.what == "contact":
        return await add_contact(work, suggestion, given.contact or schemas.ContactAccepted())
    return None, False


async def appoint_leader(work: Writing, suggestion: Suggestion, given: schemas.LeaderAccepted) -> Result:
    """Appoint a suggested leader."""
    role, status, holder = given.role or suggestion.role, given.status or "confirmed", given.holder
    if role is None:
        detail = "The suggestion names no role. Say which role it is."
        raise NotAsSuggested.at("/leader/role", detail)
    if holder is None and status in ("confirmed", "interim"):
        holder = suggestion.value or ""
        if len(holder) > NAME_CHARS_MAX:
            detail = "The suggestion is too long for a name. Give the name."
            raise NotAsSuggested.at("/leader/holder", detail)
    chosen = {"role": role, "status": status, "holder": holder}
    changed = await appointments.appoint(work, NewHolding.model_validate(given.model_dump() | chosen))
    await publish_facts(work.ledger, [work.body], changed)
    suggested = {"role": suggestion.role, "status": "confirmed", "holder": suggestion.value}
    return changed[-1][1].id, chosen != suggested


async def add_contact(work: Writing, suggestion: Suggestion, given: schemas.ContactAccepted) -> Result:
    """Add a suggested contact."""
    suggested = {name: getattr(suggestion, name) for name in ("channel", "value", "purpose")}
    chosen = {name: getattr(given, name) or value for name, value in suggested.items()}
    for name, value in chosen.items():
        if value is None:
            detail = f"The suggestion gives no {name}. Say which it is."
            raise NotAsSuggested.at(f"/contact/{name}", detail)
    try:
        new = ContactGiven.model_validate(given.model_dump() | chosen)
    except ValidationError as error:
        reason = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        detail = f"This does not fit the channel: {reason}."
        raise NotAsSuggested.at("/contact/value", detail) from error
    made = await contacts.add(work, new)
    return made.id, chosen != suggested
