"""What stewards say stays when the same files are imported again."""

from datetime import date
from pathlib import Path

from sqlalchemy import select

from services.registry.bodies import facts, lifetimes
from services.registry.bodies.domain import find_body
from services.registry.bodies.schemas import Correction, Ending, NewFact
from services.registry.contacts import domain as contacts
from services.registry.contacts.queries import FORGOTTEN
from services.registry.contacts.schemas import ContactCorrection
from services.registry.imports.domain import load_folder
from services.registry.ledger.acts import Reasoned
from services.registry.ledger.views import View
from services.registry.models import Contact
from services.registry.relations import domain as relations
from services.registry.relations.schemas import NewRelation, RelationEnding
from services.registry.settings import Settings
from shared.clock import today
from shared.paging import PageQuery
from tests.fixtures.databases import SessionFor
from tests.registry.writes import WHY, asked, body_of, edit_of, made


async def test_what_stewards_said_stays_when_the_files_come_again(
    imported: Settings, session_for: SessionFor, extract: Path
) -> None:
    session = await session_for("registry")
    trust, board, practice = [
        await body_of(session, key) for key in ("trust/RX6", "icb/QHM/2022-07-01", "trust/R0A")
    ]
    name = NewFact(fact="name", value="Ambulances of the North East", valid_from=date(2026, 5, 1), **WHY)
    await facts.say_fact(*await asked(session, trust.id), name)
    form = Correction(fact="legal_form", value="NHS trust", **WHY)
    await facts.correct_fact(*await asked(session, trust.id), form)
    renamed = Correction(fact="name", value="North East and North Cumbria", **WHY)
    await facts.correct_fact(*await asked(session, board.id), renamed)
    await lifetimes.end_body(*await asked(session, practice.id), Ending(closed_on=date(2026, 9, 30), **WHY))
    (link, *_), _ = await relations.relations_of(
        session, str(trust.id), "any", View(date(2026, 4, 30)), "member_of", PageQuery()
    )
    ending = RelationEnding(valid_to=date(2026, 4, 30), **WHY)
    await relations.end(await edit_of(session, trust.id), link.id, ending)
    new = NewRelation(kind="member_of", to="ods:QOP", valid_from=date(2026, 5, 1), **WHY)
    await relations.say_relation(*await asked(session, trust.id), new)
    own = await made(session, kind="nhs_trust", ods="RZZ9", name="New Trust (invented)")
    view, ids = View(today()), [str(each.id) for each in (trust, board, practice)]
    before = [await find_body(session, each, view, "any") for each in ids]
    linked = await relations.relations_of(session, ids[0], "any", view, None, PageQuery())
    await load_folder(session, extract, lambda *_: None)
    assert [await find_body(session, each, view, "any") for each in ids] == before
    assert await relations.relations_of(session, ids[0], "any", view, None, PageQuery()) == linked
    assert (await find_body(session, str(own.id), View(today()), "any")).version == 1
    assert (await body_of(session, "trust/RZZ9")).id == own.id


async def test_a_contact_that_led_to_one_person_stays_forgotten(
    imported: Settings, session_for: SessionFor, extract: Path
) -> None:
    session = await session_for("registry")
    body = (await find_body(session, "ods:QVP", View(date(2018, 7, 1)), "any")).id
    mailbox = select(Contact).where(Contact.body_id == body, Contact.channel == "email")
    contact = (await session.scalars(mailbox)).one()
    await contacts.correct(
        await edit_of(session, body), contact.id, ContactCorrection(is_personal=True, **WHY)
    )
    await contacts.withdraw(await edit_of(session, body), contact.id, Reasoned(**WHY))
    await load_folder(session, extract, lambda *_: None)
    assert {each.value for each in await session.scalars(mailbox)} == {FORGOTTEN}
    assert await session.scalar(mailbox.where(Contact.superseded_at.is_(None))) is None
