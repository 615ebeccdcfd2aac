"""Who holds a role: appointed, corrected, confirmed and ended; a vacancy is a row of its own."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.appointments import queries
from services.registry.appointments.errors import AlreadyEnded, ConfirmedLater, OutsideTheBodysTime
from services.registry.appointments.rules import (
    held_as,
    must_be_published,
    must_be_sound,
    must_lie_within,
    to_be_ended,
)
from services.registry.appointments.schemas import (
    AppointmentCorrection,
    AppointmentDetail,
    AppointmentEnding,
    AppointmentFilter,
    AppointmentWritten,
    Confirmation,
    NewAppointment,
    NewHolding,
)
from services.registry.appointments.telling import appointment_detail, homes_of, state, written
from services.registry.bodies import domain as bodies
from services.registry.bodies import queries as body_queries
from services.registry.ledger.acts import Act, Ledger, Reasoned
from services.registry.ledger.publishing import publish_change
from services.registry.ledger.views import NOW, Role, View
from services.registry.models import Appointment, Body
from services.registry.stewards import may_write
from shared.change_request import EditRequest
from shared.clock import today
from shared.db import locked
from shared.errors import NotFound, invalid
from shared.events.registry import (
    AppointmentChanged,
    AppointmentEnded,
    AppointmentMade,
    AppointmentState,
)
from shared.ids import new_id
from shared.versions import must_match

DAY = timedelta(days=1)
OPERATOR = "Doorway's operator"
Told = tuple[type[AppointmentState], Appointment]


async def of_body(
    session: AsyncSession, ref: str, role: Role, wanted: AppointmentFilter
) -> tuple[Select[Appointment], date | None]:
    """Return the statement that selects the appointments of a body, and when it closed."""
    found = await bodies.find_body(session, ref, wanted.view, role)
    selected = queries.known_by(found.id, wanted.view, wanted.role)
    if wanted.current:
        selected = selected.where(queries.current_on(wanted.view.as_of, found.valid_to, today()))
    return selected, found.valid_to


async def appointment(session: AsyncSession, appointment_id: UUID, view: View) -> AppointmentDetail:
    """An appointment as it was on a day; NotFound when the registry does not say it."""
    found = await queries.one(session, appointment_id, view.known_at)
    if found is None:
        raise NotFound
    return await appointment_detail(session, found[0], found[1], view)


async def appoint_to(change: EditRequest, ref: str, role: Role, new: NewAppointment) -> AppointmentWritten:
    """Make known who holds a role of a body."""
    # Leaders of a body that opens later are named before.
    day = max(today(), new.held_from or today())
    found = await bodies.find_body(change.session, ref, View(day), role)
    body = await lock_body(change, found.id)
    act = Act.of(new, change.caller, change.actor)
    made, ended = await appoint_and_tell(change.session, body, new, act)
    return await written(change.session, body, made, ended)


async def appoint_and_tell(
    session: AsyncSession, body: Body, new: NewHolding, act: Act
) -> tuple[Appointment, list[Appointment]]:
    """Add who holds a role of a locked body, end who held it, and tell of both, last of all."""
    made, ended = await appoint(body, new, Ledger(session, act))
    await tell(session, body, [*((AppointmentEnded, each) for each in ended), (AppointmentMade, made)], act)
    return made, ended


async def appoint(body: Body, new: NewHolding, ledger: Ledger) -> tuple[Appointment, list[Appointment]]:
    """Add who holds a role of a locked body, and end who held it; both have to be told by the caller."""
    session, act = ledger.session, ledger.act
    must_lie_within(new, body)
    shared_with = await ids_of(session, new.shared_with, body.id)
    must_be_sound(new, shared_with)
    must_be_published(new.holder, act.source)
    known_on = new.known_on or today()
    begins = new.held_from or known_on
    if body.closed_on and new.held_to is None and begins > body.closed_on:
        raise OutsideTheBodysTime
    present = await queries.holding(session, body.id, new.role, begins, new.held_to)
    ended = to_be_ended(present, begins, new.ends_present)
    for each in ended:
        ledger.restate(each, held_to=begins - DAY)
    made = Appointment(
        id=new_id(),
        body_id=body.id,
        **new.model_dump(exclude={"shared_with", "known_on", "ends_present", "reason", "source"}),
        shared_with=shared_with,
        known_on=known_on,
        confirmed_by=await confirmer(session, act) if new.confirmed_on else None,
        source=act.source,
    )
    ledger.say(made)
    await session.flush()
    return made, ended


async def correct(
    change: EditRequest, appointment_id: UUID, given: AppointmentCorrection
) -> AppointmentWritten:
    """Let an appointment say something else than before; what it said is kept."""
    body, row = await lock_appointment(change, appointment_id)
    values = given.corrected()
    if "shared_with" in values:
        values["shared_with"] = await ids_of(change.session, values["shared_with"], body.id)
    held = held_as(row, values)
    if "holder" in values:
        # The words of the source that said it so far are not those of this one.
        values["as_published"] = None
    must_be_sound(
        held, values.get("shared_with", row.shared_with), values.get("as_published", row.as_published)
    )
    must_lie_within(held, body)
    if values.keys() & {"role", "holder"}:
        must_be_published(held.holder, given.source)
        values["source"] = given.source
    if values.get("known_on", row.known_on) > row.known_on:
        values["stale_at"] = None
    act = Act.of(given, change.caller, change.actor)
    Ledger(change.session, act).restate(row, **values)
    await tell(change.session, body, [(AppointmentChanged, row)], act)
    return await written(change.session, body, row)


async def confirm(change: EditRequest, appointment_id: UUID, given: Confirmation) -> AppointmentWritten:
    """Say that somebody made sure of an appointment: it is taken for current for 180 days more."""
    body, row = await lock_appointment(change, appointment_id)
    confirmed_on = given.confirmed_on or today()
    if row.held_to and row.held_to < confirmed_on:
        raise AlreadyEnded
    if row.held_from and confirmed_on < row.held_from:
        raise invalid(
            "/confirmed_on", "It had not begun on that day: leave `confirmed_on` out, or correct it."
        )
    if row.confirmed_on and confirmed_on < row.confirmed_on:
        raise ConfirmedLater
    act = Act.of(given, change.caller, change.actor)
    values: dict[str, Any] = {
        "confirmed_on": confirmed_on,
        "confirmed_by": await confirmer(change.session, act),
        "stale_at": None,
    }
    Ledger(change.session, act).restate(row, **values)
    await tell(change.session, body, [(AppointmentChanged, row)], act)
    return await written(change.session, body, row)


async def end(change: EditRequest, appointment_id: UUID, given: AppointmentEnding) -> AppointmentWritten:
    """End an appointment; where nobody follows, the role is vacant from the day after on."""
    body, row = await lock_appointment(change, appointment_id)
    if row.held_to and row.held_to <= today():
        raise AlreadyEnded
    held = held_as(row, {"held_to": given.held_to})
    must_be_sound(held, row.shared_with, row.as_published)
    must_lie_within(held, body)
    act = Act.of(given, change.caller, change.actor)
    ledger = Ledger(change.session, act)
    ledger.restate(row, held_to=given.held_to)
    told: list[Told] = [(AppointmentEnded, row)]
    if given.vacant_after:
        vacant = NewHolding(role=row.role, status="vacant", held_from=given.held_to + DAY)
        made, _ = await appoint(body, vacant, ledger)
        told.append((AppointmentMade, made))
    await tell(change.session, body, told, act)
    return await written(change.session, body, row, [each for _, each in told[1:]])


async def withdraw(change: EditRequest, appointment_id: UUID, given: Reasoned) -> AppointmentWritten:
    """Say an appointment no longer: it never was so."""
    body, row = await lock_appointment(change, appointment_id)
    act = Act.of(given, change.caller, change.actor)
    Ledger(change.session, act).withdraw(row)
    await tell(change.session, body, [(AppointmentChanged, row)], act)
    return await written(change.session, body, row)


async def lock_body(change: EditRequest, body_id: UUID) -> Body:
    """A body that a steward may change, locked, in the version that the steward has read."""
    await may_write(change.session, change.caller, body_id)
    body = await locked(change.session, Body, body_id)
    must_match(body, change.version)
    return body


async def lock_appointment(change: EditRequest, appointment_id: UUID) -> tuple[Body, Appointment]:
    """The locked body of an appointment, and the appointment; NotFound when it is not said, or no longer."""
    found = await queries.one(change.session, appointment_id, NOW)
    if found is None:
        raise NotFound
    body = await lock_body(change, found[1].id)
    again = await queries.one(change.session, appointment_id, NOW)
    if again is None:
        raise NotFound
    return body, again[0]


async def ids_of(session: AsyncSession, refs: Sequence[str], body_id: UUID) -> list[UUID]:
    """Return the bodies that a role is shared with; Invalid when one is not known, or is the body itself."""
    found = []
    for place, ref in enumerate(refs):
        try:
            row = await bodies.find_body(session, ref, View(today()), "any")
        except NotFound as error:
            raise invalid(f"/shared_with/{place}", "No body has this id or code.") from error
        if row.id == body_id:
            raise invalid(f"/shared_with/{place}", "A body shares with others: leave itself out.")
        found.append(row.id)
    return list(dict.fromkeys(found))


async def confirmer(session: AsyncSession, act: Act) -> str:
    """Return who confirmed something: the body, the team and the role, never the person."""
    own = act.caller.organisation_id
    known = await body_queries.bodies_on(session, [own], View(today())) if own else {}
    parts = [known[own].name if own in known else OPERATOR, act.caller.team, act.actor and act.actor.role]
    return ", ".join(part for part in parts if part)


async def tell(session: AsyncSession, body: Body, told: Sequence[Told], act: Act) -> None:
    """Tell of appointments of a locked body, last of all."""
    homes = await homes_of(session, [body])
    for event, appointment in told:
        await publish_change(session, body, state(appointment, event, body, homes), act)
