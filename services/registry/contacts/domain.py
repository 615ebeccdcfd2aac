"""Contacts: added, corrected, verified and ended, and how far what is known of them can be trusted."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.bodies.restated import (
    Freshness,
    find_fact,
    freshness,
    open_fact,
    publish_facts,
)
from services.registry.bodies.writing import Writing, begin
from services.registry.contacts import queries, schemas
from services.registry.contacts.schemas import ContactDetail, ContactOut
from services.registry.contacts.values import is_published, sameness_of, value_of
from services.registry.ledger.acts import Reasoned, copy_of
from services.registry.ledger.views import Role, View
from services.registry.models import Body, Contact
from shared.change_request import EditRequest
from shared.clock import today
from shared.errors import Conflict, NotFound, Problem, invalid
from shared.events.registry import ContactChanged, ContactVerified
from shared.ids import new_id

STALE_AFTER = timedelta(days=365)


class SourceRequired(Problem):
    """A way to reach one person needs a `source` that published it, as an https address: give a role's
    contact instead, or say where it stands."""

    status = 422


class ContactKnown(Conflict):
    """This contact is there already: verify or correct it instead."""

    def __init__(self, contact_id: UUID) -> None:
        detail = f"This contact is there already: verify or correct /v1/contacts/{contact_id} instead."
        super().__init__(detail, headers={"Location": f"/v1/contacts/{contact_id}"})


class ContactEnded(Conflict):
    """This contact has ended: correct it, if it has not."""


def sure_of(contact: Contact, day: date) -> date:
    """When a contact was last verified by a day, else the day for which its source says it."""
    verified = contact.verified_on
    return verified if verified and verified <= day else contact.known_on


def freshness_of(contact: Contact, day: date, closed_on: date | None = None) -> Freshness:
    """How fresh a contact is on a day: stale if its body had closed by then."""
    if closed_on and closed_on < day:
        return "stale"
    return freshness(sure_of(contact, day), day, STALE_AFTER)


def is_in_doubt(contact: Contact, day: date) -> bool:
    """Whether words sent to a contact had come back by a day, and nobody has verified it since."""
    return contact.doubtful_since is not None and contact.doubtful_since <= day


def contact_view(contact: Contact, day: date, closed_on: date | None = None) -> ContactOut:
    """A contact of a body, which may have closed, as readers see it on a day."""
    own = {"id": contact.earlier_form_of or contact.id, "freshness": freshness_of(contact, day, closed_on)}
    return ContactOut.model_validate(vars(contact) | own)


def contact_detail(contact: Contact, body: Body, day: date) -> ContactDetail:
    """A contact with the version of its body."""
    return ContactDetail(**dict(contact_view(contact, day, body.closed_on)), version=body.version)


async def find_contact(session: AsyncSession, contact_id: UUID, view: View) -> tuple[Contact, Body]:
    """A contact as it was known on a day, and its body; NotFound when it was not."""
    contact, body = await find_fact(session, Contact, contact_id, view.known_at)
    if contact.known_on > view.as_of:
        raise NotFound
    return contact, body


async def add_to(change: EditRequest, ref: str, role: Role, new: schemas.NewContact) -> ContactDetail:
    """Add a contact of the body that a reference means."""
    body = await bodies.find_body(change.session, ref, View(today()), role)
    work = await begin(change, str(body.id), role, new)
    return contact_detail(await add(work, new), work.body, today())


async def add(work: Writing, new: schemas.ContactGiven) -> Contact:
    """Add a contact of a locked body, and publish it last.

    SourceRequired for one person's contact that nobody published, ContactKnown for one that is there.
    """
    values = new.model_dump(include=set(schemas.ContactGiven.model_fields))
    values["accessible"] = sorted(set(new.accessible))
    values["known_on"] = new.known_on or new.verified_on or today()
    unknown = dict.fromkeys(("verified_how", "doubtful_since", "ended_on"))
    contact = Contact(id=new_id(), body_id=work.body.id, source=work.ledger.act.source, **values, **unknown)
    refuse_wrong(contact)
    refuse_late(work.body, contact)
    await refuse_known(work.session, contact)
    work.ledger.say(contact)
    await publish_facts(work.ledger, [work.body], [(ContactChanged, contact)])
    return contact


def refuse_wrong(contact: Contact) -> None:
    """Refuse a contact that may not be public, or whose days contradict each other."""
    if contact.is_personal and not is_published(contact.source):
        raise SourceRequired.at("/source")
    if contact.verified_on and contact.verified_on < contact.known_on:
        raise invalid("/verified_on", "It was verified before it was known: correct `known_on` as well.")
    if contact.ended_on and contact.ended_on < contact.known_on:
        raise invalid("/ended_on", "It ended before it was known.")


def refuse_late(body: Body, contact: Contact) -> None:
    """Refuse a contact of a body that had closed by then."""
    if body.closed_on and body.closed_on < contact.known_on:
        detail = f"The body closed on {body.closed_on}: say for which day this was known."
        raise invalid("/known_on", detail)


async def refuse_known(session: AsyncSession, contact: Contact, *, but: UUID | None = None) -> None:
    """Refuse with ContactKnown a contact that leads where another of the same purpose does already."""
    same = sameness_of(contact.channel, contact.value)
    for other in await queries.in_use_of(session, contact.body_id, contact.channel, contact.known_on):
        alike = other.purpose == contact.purpose and sameness_of(other.channel, other.value) == same
        if alike and other.id != but:
            raise ContactKnown(other.id)


async def correct(change: EditRequest, contact_id: UUID, given: schemas.ContactCorrection) -> ContactDetail:
    """Let a contact say something else; what it said before stays in the history."""
    work, contact = await open_fact(change, Contact, contact_id, given)
    values = given.corrected() | {"source": given.source}
    if values.keys() & {"channel", "value"}:
        channel, value = values.get("channel", contact.channel), values.get("value", contact.value)
        try:
            values["value"] = value_of(channel, value)
        except ValueError as error:
            raise invalid("/value", str(error)) from error
        values["doubtful_since"] = None
    corrected = copy_of(contact, **values)
    refuse_wrong(corrected)
    if "known_on" in values:
        refuse_late(work.body, corrected)
    if values.keys() & {"channel", "value", "purpose"}:
        await refuse_known(change.session, corrected, but=contact.id)
    work.ledger.restate(contact, **values)
    await publish_facts(work.ledger, [work.body], [(ContactChanged, contact)])
    return contact_detail(contact, work.body, today())


async def verify(change: EditRequest, contact_id: UUID, given: schemas.Verification) -> ContactDetail:
    """Say that a contact was verified: doubts about it end."""
    work, contact = await open_fact(change, Contact, contact_id, given)
    refuse_ended(contact)
    earliest = contact.verified_on or contact.known_on
    if given.verified_on < earliest:
        raise invalid("/verified_on", f"It was known or verified later than that, on {earliest}.")
    work.ledger.restate(contact, verified_on=given.verified_on, verified_how=given.how, doubtful_since=None)
    await publish_facts(work.ledger, [work.body], [(ContactVerified, contact)])
    return contact_detail(contact, work.body, today())


async def end(change: EditRequest, contact_id: UUID, given: schemas.ContactEnding) -> ContactDetail:
    """End a contact; it stays in the history."""
    work, contact = await open_fact(change, Contact, contact_id, given)
    refuse_ended(contact)
    refuse_wrong(copy_of(contact, ended_on=given.ended_on))
    work.ledger.restate(contact, ended_on=given.ended_on)
    await publish_facts(work.ledger, [work.body], [(ContactChanged, contact)])
    return contact_detail(contact, work.body, today())


async def withdraw(change: EditRequest, contact_id: UUID, given: Reasoned) -> ContactDetail:
    """Withdraw a contact that was never one. One person's is forgotten, the history included."""
    work, contact = await open_fact(change, Contact, contact_id, given)
    work.ledger.withdraw(contact)
    await change.session.flush()
    if await queries.forget_personal(change.session, contact.id):
        await change.session.refresh(contact, ["value"])
    await publish_facts(work.ledger, [work.body], [(ContactChanged, contact)])
    return contact_detail(contact, work.body, today())


def refuse_ended(contact: Contact) -> None:
    """Refuse with ContactEnded what only a contact in use can take."""
    if contact.ended_on is not None:
        raise ContactEnded
