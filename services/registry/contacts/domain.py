"""Doors: known, corrected, verified and closed, and how far what is known of them can be trusted."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import queries as body_queries
from services.registry.contacts import queries
from services.registry.contacts.errors import ContactEnded, ContactKnown, SourceRequired
from services.registry.contacts.freshness import freshness
from services.registry.contacts.schemas import (
    ContactCorrection,
    ContactDetail,
    ContactEnding,
    ContactGiven,
    ContactOut,
    Freshness,
    Verification,
)
from services.registry.contacts.values import is_published, sameness_of, value_of
from services.registry.ledger.acts import Act, Ledger
from services.registry.ledger.publishing import publish_change
from services.registry.ledger.views import View
from services.registry.models import Body, Contact
from services.registry.stewards import may_write
from shared.change_request import EditRequest
from shared.clock import today
from shared.db import locked
from shared.errors import FieldError, NotFound, invalid
from shared.events.registry import ContactChanged, ContactState, ContactVerified
from shared.versions import must_match


def sure_of(contact: Contact, day: date) -> date:
    """Return when a contact was last verified by a day, else the day for which its source says it."""
    verified = contact.verified_on
    return verified if verified and verified <= day else contact.known_on


def freshness_of(contact: Contact, day: date) -> Freshness:
    """Return how fresh a contact is on a day."""
    return freshness(sure_of(contact, day), day)


def contact_view(contact: Contact, day: date) -> ContactOut:
    """Return a contact as it is told on a day."""
    found_id = contact.earlier_form_of or contact.id
    return ContactOut.model_validate(
        {**vars(contact), "id": found_id, "freshness": freshness_of(contact, day)}
    )


def contact_detail(contact: Contact, version: int, day: date) -> ContactDetail:
    """Return a contact with the version of its body."""
    return ContactDetail(**contact_view(contact, day).model_dump(), version=version)


async def find(session: AsyncSession, contact_id: UUID) -> Contact:
    """Return a door as the registry says it now; NotFound when there is none."""
    found, _ = await find_with_version(session, contact_id, View(today()))
    return found


async def find_with_version(session: AsyncSession, contact_id: UUID, view: View) -> tuple[Contact, int]:
    """Return a door as it was known on a day, and its body's version; NotFound when there was none."""
    row = await queries.one(session, contact_id, view.known_at)
    if row is None or row[0].known_on > view.as_of:
        raise NotFound
    return row[0], row[1]


async def open_body(change: EditRequest, body_id: UUID) -> Body:
    """A body, locked, if the caller may write for it and has read its present version."""
    body = await locked(change.session, Body, body_id)
    await may_write(change.session, change.caller, body.id)
    must_match(body, change.version)
    return body


async def open_contact(change: EditRequest, contact_id: UUID) -> tuple[Body, Contact]:
    """A contact and its body, locked, if the caller may write for it and has read its version."""
    body_id = (await find(change.session, contact_id)).body_id
    body = await open_body(change, body_id)
    return body, await find(change.session, contact_id)


async def add(session: AsyncSession, body: Body, new: ContactGiven, act: Act) -> Contact:
    """Let a door of a body be known; the body has to be locked. Tells last.

    SourceRequired for one person's door that nobody published, ContactKnown for a door that is there.
    """
    contact = Contact(
        body_id=body.id,
        channel=new.channel,
        value=new.value,
        purpose=new.purpose,
        accessible=sorted(set(new.accessible)),
        hours=new.hours,
        is_personal=new.is_personal,
        known_on=new.known_on or new.verified_on or today(),
        verified_on=new.verified_on,
        verified_how=None,
        doubtful_since=None,
        ended_on=None,
        source=act.source,
    )
    refuse_wrong(contact)
    refuse_late(body, contact)
    await refuse_known(session, contact)
    Ledger(session, act).say(contact)
    await tell(session, body, contact, act)
    return contact


def refuse_wrong(contact: Contact) -> None:
    """Refuse a door that may not be told, or whose days cannot be."""
    if contact.is_personal and not is_published(contact.source):
        raise SourceRequired(errors=[FieldError(pointer="/source", detail="An https address is needed.")])
    if contact.verified_on and contact.verified_on < contact.known_on:
        raise invalid("/verified_on", "It was made sure of before it was known: correct `known_on` as well.")
    if contact.ended_on and contact.ended_on < contact.known_on:
        raise invalid("/ended_on", "It was closed before it was known.")


def refuse_late(body: Body, contact: Contact) -> None:
    """Refuse a door of a body that had closed by then."""
    if body.closed_on and body.closed_on < contact.known_on:
        detail = f"The body closed on {body.closed_on}: say for which day this was known."
        raise invalid("/known_on", detail)


async def refuse_known(session: AsyncSession, contact: Contact) -> None:
    """Refuse with ContactKnown a door that leads where another of the same purpose does already."""
    same = sameness_of(contact.channel, contact.value)
    with session.no_autoflush:
        others = await queries.in_use_of(session, contact.body_id, contact.channel, contact.known_on)
    for other in others:
        alike = other.purpose == contact.purpose and sameness_of(other.channel, other.value) == same
        if alike and other.id != contact.id:
            raise ContactKnown(other.id)


async def correct(
    session: AsyncSession, body: Body, contact: Contact, given: ContactCorrection, act: Act
) -> Contact:
    """Let a door say something else; what it said before stays in the history. Tells last."""
    values: dict[str, Any] = {**given.corrected(), "source": act.source}
    if values.keys() & {"channel", "value"}:
        channel, value = values.get("channel", contact.channel), values.get("value", contact.value)
        try:
            values["value"] = value_of(channel, value)
        except ValueError as error:
            raise invalid("/value", str(error)) from error
        values["doubtful_since"] = None
    Ledger(session, act).restate(contact, **values)
    refuse_wrong(contact)
    if "known_on" in values:
        refuse_late(body, contact)
    if values.keys() & {"channel", "value", "purpose"}:
        await refuse_known(session, contact)
    await tell(session, body, contact, act)
    return contact


async def verify(
    session: AsyncSession, body: Body, contact: Contact, given: Verification, act: Act
) -> Contact:
    """Say that a door was made sure of: doubts about it end. Tells last."""
    refuse_ended(contact)
    earliest = contact.verified_on or contact.known_on
    if given.verified_on < earliest:
        raise invalid("/verified_on", f"It was known or made sure of later than that, on {earliest}.")
    ledger = Ledger(session, act)
    ledger.restate(contact, verified_on=given.verified_on, verified_how=given.how, doubtful_since=None)
    await tell(session, body, contact, act, ContactVerified)
    return contact


async def end(session: AsyncSession, body: Body, contact: Contact, given: ContactEnding, act: Act) -> Contact:
    """Close a door; it stays in the history. Tells last."""
    refuse_ended(contact)
    Ledger(session, act).restate(contact, ended_on=given.ended_on)
    refuse_wrong(contact)
    await tell(session, body, contact, act)
    return contact


async def withdraw(session: AsyncSession, body: Body, contact: Contact, act: Act) -> Contact:
    """Say a door no longer: it never was so. One person's is forgotten, the history included. Tells last."""
    Ledger(session, act).withdraw(contact)
    await session.flush()
    if await queries.forget_personal(session, contact.id):
        await session.refresh(contact, ["value"])
    await tell(session, body, contact, act)
    return contact


def refuse_ended(contact: Contact) -> None:
    """Refuse with ContactEnded what only an open door can take."""
    if contact.ended_on is not None:
        raise ContactEnded


async def doubt(session: AsyncSession, body: Body, contact: Contact, day: date, act: Act) -> None:
    """Say that words sent to a door came back; the body has to be locked. Tells last."""
    if contact.doubtful_since is None:
        Ledger(session, act).restate(contact, doubtful_since=day)
        await tell(session, body, contact, act)


async def tell(
    session: AsyncSession, body: Body, contact: Contact, act: Act, event: type[ContactState] = ContactChanged
) -> None:
    """Save that a door changed, last of all."""
    await session.flush()
    await publish_change(session, body, event(**await state(session, body, contact)), act)


async def state(session: AsyncSession, body: Body, contact: Contact) -> dict[str, Any]:
    """Return the public state of a door as its events tell it, with whom it concerns."""
    footprint: UUID | None = body.id
    if not body.is_footprint:
        footprint = (await body_queries.footprints_of(session, [body.id], View(today()))).get(body.id)
    return {
        "organisations": (body.id,) if body.is_organisation else (),
        "footprints": (footprint,) if footprint else (),
        "body_id": body.id,
        "contact_id": contact.id,
        "channel": contact.channel,
        "purpose": contact.purpose,
        "accessible": tuple(contact.accessible),
        "known_on": contact.known_on,
        "verified_on": contact.verified_on,
        "ended_on": contact.ended_on,
        "withdrawn": contact.superseded_at is not None,
    }
