"""Stewards take suggestions up, as they are or corrected, or refuse them."""

from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.appointments import domain as appointments
from services.registry.appointments.schemas import NewHolding
from services.registry.contacts import domain as contacts
from services.registry.contacts.schemas import ContactGiven
from services.registry.ledger.acts import Act
from services.registry.models import Body
from services.registry.suggestions.domain import seen
from services.registry.suggestions.errors import AlreadyDecided, NotAsSuggested
from services.registry.suggestions.models import Suggestion
from services.registry.suggestions.schemas import (
    Acceptance,
    ContactAccepted,
    Decided,
    LeaderAccepted,
    Refusal,
)
from services.registry.suggestions.telling import result_of, told
from shared.auth import Actor, Caller
from shared.clock import now
from shared.db import locked
from shared.versions import must_match

MADE = "It is public now. To undo it: POST {result}/withdrawal, or /corrections or /ending there."
NOT_MADE = "Nothing public has changed by this: make the change where such facts are made, or correct them."
REFUSED = "What was suggested is forgotten after 90 days; whoever has its code reads the reason."
Result = tuple[UUID | None, bool]


async def accept(
    session: AsyncSession,
    suggestion_id: UUID,
    given: Acceptance,
    by: tuple[Caller, Actor | None],
    version: int,
) -> Decided:
    """Take a suggestion up: the appointment or contact is made with it, or nothing is."""
    found = await seen(session, suggestion_id, by[0])
    # Whoever changes a body locks it first.
    body = await locked(session, Body, found.body_id)
    suggestion = await open_for_decision(session, suggestion_id, version)
    act = Act(given.reason, source_of(suggestion, given), *by)
    result_id, is_corrected = await take_up(session, body, suggestion, given, act)
    decide(suggestion, "corrected" if is_corrected else "accepted", given.reason, by[0])
    suggestion.result_id, suggestion.act_id = result_id, act.id
    message = MADE.format(result=result_of(suggestion)) if result_id else NOT_MADE
    return await decided(session, suggestion, message)


async def refuse(
    session: AsyncSession,
    suggestion_id: UUID,
    given: Refusal,
    by: tuple[Caller, Actor | None],
    version: int,
) -> Decided:
    """Refuse a suggestion, with a reason that whoever has its code reads."""
    await seen(session, suggestion_id, by[0])
    suggestion = await open_for_decision(session, suggestion_id, version)
    decide(suggestion, "refused", given.reason, by[0])
    return await decided(session, suggestion, REFUSED)


async def open_for_decision(session: AsyncSession, suggestion_id: UUID, version: int) -> Suggestion:
    """Lock a suggestion that waits; AlreadyDecided when it does no longer."""
    suggestion = await locked(session, Suggestion, suggestion_id)
    if suggestion.state != "waiting":
        raise AlreadyDecided
    must_match(suggestion, version)
    return suggestion


def decide(suggestion: Suggestion, state: str, reason: str, steward: Caller) -> None:
    """Note what was decided; nobody is told by an event: what comes of it has its own."""
    suggestion.state, suggestion.reason = state, reason
    suggestion.decided_at, suggestion.decided_by = now(), steward.client_id
    suggestion.version += 1


async def decided(session: AsyncSession, suggestion: Suggestion, message: str) -> Decided:
    """Return a suggestion after the decision."""
    await session.flush()
    (found,) = await told(session, [suggestion])
    return Decided(**dict(found), message=message)


def source_of(suggestion: Suggestion, given: Acceptance) -> str:
    """Return where what is accepted can be checked; NotAsSuggested when nobody said."""
    if source := given.source or suggestion.source_url:
        return source
    raise NotAsSuggested("/source", "The suggestion came without an address: say where it can be checked.")


async def take_up(
    session: AsyncSession, body: Body, suggestion: Suggestion, given: Acceptance, act: Act
) -> Result:
    """Make what a suggestion says, and return its id and whether the steward corrected it."""
    for part in ("leader", "contact"):
        if getattr(given, part) and suggestion.what != part:
            raise NotAsSuggested(f"/{part}", f"This suggests no {part}: leave `{part}` out.")
    if suggestion.what == "leader":
        return await take_up_leader(session, body, suggestion, given.leader or LeaderAccepted(), act)
    if suggestion.what == "contact":
        return await take_up_contact(session, body, suggestion, given.contact or ContactAccepted(), act)
    return None, False


async def take_up_leader(
    session: AsyncSession, body: Body, suggestion: Suggestion, given: LeaderAccepted, act: Act
) -> Result:
    """Appoint a suggested leader."""
    values = given.model_dump(exclude={"role", "status", "holder"})
    role, status = given.role or suggestion.role, given.status or "confirmed"
    if role is None:
        raise NotAsSuggested("/leader/role", "The suggestion names no role: say which one it is.")
    nobody = status in ("vacant", "not_announced", "shared")
    holder = given.holder or (None if nobody else holder_of(suggestion))
    new = NewHolding(role=role, status=status, holder=holder, **values)
    made, _ = await appointments.appoint_and_tell(session, body, new, act)
    return made.id, (holder, role, status) != (suggestion.value, suggestion.role, "confirmed")


def holder_of(suggestion: Suggestion) -> str:
    """Return whom a suggestion names."""
    value = suggestion.value or ""
    if len(value) > 200:
        raise NotAsSuggested("/leader/holder", "What was suggested is no name: say who it is.")
    return value


async def take_up_contact(
    session: AsyncSession, body: Body, suggestion: Suggestion, given: ContactAccepted, act: Act
) -> Result:
    """Let a suggested contact be known."""
    suggested = {name: getattr(suggestion, name) for name in ("channel", "value", "purpose")}
    chosen = {name: getattr(given, name) or value for name, value in suggested.items()}
    for name, value in chosen.items():
        if value is None:
            raise NotAsSuggested(f"/contact/{name}", f"The suggestion says no {name}: say which it is.")
    try:
        new = ContactGiven.model_validate(given.model_dump() | chosen)
    except ValidationError as error:
        detail = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise NotAsSuggested(
            "/contact/value", f"What was suggested cannot be reached so: {detail}."
        ) from error
    made = await contacts.add(session, body, new, act)
    return made.id, chosen != suggested
