"""Who holds a role: appointed, corrected, confirmed and ended; a vacancy is a row of its own."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.appointments import queries, rules, schemas
from services.registry.appointments.schemas import AppointmentWritten
from services.registry.bodies import domain as bodies
from services.registry.bodies.queries import bodies_on
from services.registry.bodies.restated import Freshness, find_fact, freshness, open_fact, publish_facts
from services.registry.bodies.writing import Writing, begin
from services.registry.ledger.acts import Act, Ledger, Reasoned, copy_of
from services.registry.ledger.views import Role, View
from services.registry.models import Appointment
from services.registry.stewards import is_operator
from shared.change_request import EditRequest
from shared.clock import now, today
from shared.errors import invalid
from shared.events.registry import (
    AppointmentChanged,
    AppointmentEnded,
    AppointmentMade,
    AppointmentStale,
    AppointmentState,
)
from shared.ids import new_id

DAY = timedelta(days=1)
OPERATOR = "Doorway's operator"
STALE_AT_ONCE = 50
STALE = f"Nobody has confirmed it for {queries.STALE_AFTER.days} days."
Changed = tuple[type[AppointmentState], Appointment]


def freshness_of(appointment: Appointment, day: date) -> Freshness:
    """How fresh an appointment was on a day, by when somebody last verified it."""
    sure_on = [appointment.known_on, appointment.confirmed_on]
    if appointment.held_to and appointment.held_to <= today():
        # Until an end that has come it is sure.
        sure_on.append(appointment.held_to)
    return freshness(max(each for each in sure_on if each), day, queries.STALE_AFTER)


def is_current(appointment: Appointment, day: date, closed_on: date | None = None) -> bool:
    """Whether an appointment is taken for true on a day: it is held then, in an open body, not stale."""
    if closed_on and closed_on < day:
        return False
    is_held = (appointment.held_from or day) <= day <= (appointment.held_to or day)
    return is_held and freshness_of(appointment, day) != "stale"


def is_named(appointment: Appointment) -> bool:
    """Whether an appointment says who it is."""
    return bool(appointment.holder or appointment.as_published)


async def appointment_views(
    session: AsyncSession, appointments: Sequence[Appointment], view: View, closed_on: date | None = None
) -> list[schemas.AppointmentOut]:
    """Appointments of a body on a day, in the same order."""
    others = {other for each in appointments for other in each.shared_with}
    names = await bodies_on(session, others, view) if others else {}
    views = []
    for each in appointments:
        beside = {
            "id": each.earlier_form_of or each.id,
            "shared_with": [names[other] for other in each.shared_with if other in names],
            "is_current": is_current(each, view.as_of, closed_on),
            "freshness": freshness_of(each, view.as_of),
        }
        views.append(schemas.AppointmentOut.model_validate(vars(each) | beside))
    return views


async def select_of_body(
    session: AsyncSession, ref: str, role: Role, view: View, wanted: schemas.AppointmentFilter
) -> tuple[Select[Appointment], date | None]:
    """The statement that selects the appointments of a body, and when the body closed."""
    body = await bodies.find_body(session, ref, view, role)
    selected = queries.known_by(body.id, view, wanted.role)
    if wanted.current:
        selected = selected.where(queries.current_on(view.as_of, body.valid_to, today()))
    return selected, body.valid_to


async def appointment_detail(
    session: AsyncSession, appointment_id: UUID, view: View
) -> schemas.AppointmentDetail:
    """An appointment as it was on a day; NotFound when the registry does not say it."""
    appointment, body = await find_fact(session, Appointment, appointment_id, view.known_at)
    [found] = await appointment_views(session, [appointment], view, body.closed_on)
    return schemas.AppointmentDetail(**dict(found), as_of=view.as_of, version=body.version)


async def appoint_to(
    change: EditRequest, ref: str, role: Role, new: schemas.NewAppointment
) -> AppointmentWritten:
    """Make known who holds a role of a body."""
    # Leaders of a body that opens later are named before.
    day = max(today(), new.held_from or today())
    body = await bodies.find_body(change.session, ref, View(day), role)
    work = await begin(change, str(body.id), role, new)
    changed = await appoint(work, new)
    await publish_facts(work.ledger, [work.body], changed)
    *ended, made = [each for _, each in changed]
    return await appointment_written(work, made, ended)


async def appoint(work: Writing, new: schemas.NewHolding) -> list[Changed]:
    """Add who holds a role of a locked body, and end who held it; the caller publishes what changed."""
    known_on = new.known_on or today()
    begins = new.held_from or known_on
    made = Appointment(
        id=new_id(),
        body_id=work.body.id,
        **new.model_dump(exclude={"shared_with", "known_on", "ends_present", "reason", "source"}),
        shared_with=await ids_of(work.session, new.shared_with, work.body.id),
        as_published=None,
        known_on=known_on,
        confirmed_by=await confirmer(work.session, work.ledger.act) if new.confirmed_on else None,
        source=work.ledger.act.source,
    )
    rules.must_be_sound(made, work.body)
    rules.must_be_published(made.holder, made.source)
    if work.body.closed_on and new.held_to is None and begins > work.body.closed_on:
        raise rules.OutsideTheBodysTime.at("/held_from")
    present = await queries.holders(work.session, work.body.id, new.role, begins, new.held_to)
    ended = rules.to_be_ended(present, begins, new.ends_present)
    for each in ended:
        work.ledger.restate(each, held_to=begins - DAY)
    work.ledger.say(made)
    return [*((AppointmentEnded, each) for each in ended), (AppointmentMade, made)]


async def correct(
    change: EditRequest, appointment_id: UUID, given: schemas.AppointmentCorrection
) -> AppointmentWritten:
    """Let an appointment say something else than before; what it said is kept."""
    work, row = await open_fact(change, Appointment, appointment_id, given)
    values = given.corrected()
    if "shared_with" in values:
        values["shared_with"] = await ids_of(change.session, values["shared_with"], work.body.id)
    if "holder" in values:
        # The words of the source that said it so far are not those of this one.
        values["as_published"] = None
    corrected = copy_of(row, **values)
    rules.must_be_sound(corrected, work.body)
    if values.keys() & {"role", "holder"}:
        rules.must_be_published(corrected.holder, given.source)
        values["source"] = given.source
    if corrected.known_on > row.known_on:
        values["stale_at"] = None
    work.ledger.restate(row, **values)
    await publish_facts(work.ledger, [work.body], [(AppointmentChanged, row)])
    return await appointment_written(work, row)


async def confirm(
    change: EditRequest, appointment_id: UUID, given: schemas.Confirmation
) -> AppointmentWritten:
    """Say that somebody verified an appointment: it counts as current for 180 more days."""
    work, row = await open_fact(change, Appointment, appointment_id, given)
    confirmed_on = given.confirmed_on or today()
    if row.held_to and row.held_to < confirmed_on:
        raise rules.AlreadyEnded
    if row.held_from and confirmed_on < row.held_from:
        detail = "It had not begun on that day: leave `confirmed_on` out, or correct it."
        raise invalid("/confirmed_on", detail)
    if row.confirmed_on and confirmed_on < row.confirmed_on:
        raise rules.ConfirmedLater
    confirmed_by = await confirmer(change.session, work.ledger.act)
    work.ledger.restate(row, confirmed_on=confirmed_on, confirmed_by=confirmed_by, stale_at=None)
    await publish_facts(work.ledger, [work.body], [(AppointmentChanged, row)])
    return await appointment_written(work, row)


async def end(
    change: EditRequest, appointment_id: UUID, given: schemas.AppointmentEnding
) -> AppointmentWritten:
    """End an appointment; where nobody follows, the role is vacant from the day after on."""
    work, row = await open_fact(change, Appointment, appointment_id, given)
    if row.held_to and row.held_to <= today():
        raise rules.AlreadyEnded
    rules.must_be_sound(copy_of(row, held_to=given.held_to), work.body)
    work.ledger.restate(row, held_to=given.held_to)
    changed: list[Changed] = [(AppointmentEnded, row)]
    if given.vacant_after:
        vacant = schemas.NewHolding(role=row.role, status="vacant", held_from=given.held_to + DAY)
        changed += await appoint(work, vacant)
    await publish_facts(work.ledger, [work.body], changed)
    return await appointment_written(work, row, [each for _, each in changed[1:]])


async def withdraw(change: EditRequest, appointment_id: UUID, given: Reasoned) -> AppointmentWritten:
    """Withdraw an appointment that was never made."""
    work, row = await open_fact(change, Appointment, appointment_id, given)
    work.ledger.withdraw(row)
    await publish_facts(work.ledger, [work.body], [(AppointmentChanged, row)])
    return await appointment_written(work, row)


async def appointment_written(
    work: Writing, appointment: Appointment, also: Sequence[Appointment] = ()
) -> AppointmentWritten:
    """An appointment after a change, with what changed besides."""
    view, closed_on = View(today()), work.body.closed_on
    first, *others = await appointment_views(work.session, [appointment, *also], view, closed_on)
    return AppointmentWritten(**dict(first), as_of=view.as_of, version=work.body.version, also=others)


async def ids_of(session: AsyncSession, refs: Sequence[str], body_id: UUID) -> list[UUID]:
    """The bodies that a role is shared with; Invalid when one is not known, or is the body itself."""
    found = []
    for place, ref in enumerate(refs):
        pointer = f"/shared_with/{place}"
        found.append((await bodies.find_body_of_field(session, ref, View(today()), "any", pointer)).id)
        if found[-1] == body_id:
            raise invalid(pointer, "A body shares with others: leave itself out.")
    return list(dict.fromkeys(found))


async def confirmer(session: AsyncSession, act: Act) -> str:
    """Who confirmed something: the body, the team and the role, never the person."""
    own = act.caller.organisation_id
    known = await bodies_on(session, [own], View(today())) if own else {}
    body = known[own].name if own in known else is_operator(act.caller) and OPERATOR
    return ", ".join(each for each in (body, act.caller.team, act.actor and act.actor.role) if each)


async def publish_stale(session: AsyncSession) -> int:
    """Publish once of some appointments that they became stale; how many there were."""
    found = await queries.lock_stale(session, today(), STALE_AT_ONCE)
    for appointment, _ in found:
        appointment.stale_at = now()
    changed = [(AppointmentStale, appointment) for appointment, _ in found]
    ledger = Ledger(session, Act(STALE, "the clock of the registry"))
    await publish_facts(ledger, [body for _, body in found], changed)
    return len(found)
