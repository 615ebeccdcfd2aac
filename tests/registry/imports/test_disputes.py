"""What two sources say differently of one body is kept for stewards."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import facts
from services.registry.bodies.schemas import Correction
from services.registry.contacts import domain as contacts
from services.registry.disputes.models import Dispute
from services.registry.imports.domain import load_folder
from services.registry.imports.facts import BodyFacts, Catalogue
from services.registry.imports.files import Origin
from services.registry.imports.summary import Summary
from services.registry.ledger.acts import Reasoned
from services.registry.models import Body, Contact
from services.registry.settings import Settings
from shared.clock import now
from tests.fixtures.databases import SessionFor
from tests.registry.extract import change, some_of
from tests.registry.writes import WHY, asked, body_of, edit_of

NAME = "Ambulances of the North East"


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    """Return a session on a registry that knows the extract."""
    return await session_for("registry")


async def run(session: AsyncSession, folder: Path) -> Summary:
    """Import a folder."""
    return await load_folder(session, folder, lambda *_: None)


async def about(session: AsyncSession, body: Body) -> list[Dispute]:
    """Return the disputes about a body."""
    wanted = select(Dispute).where(Dispute.body_id == body.id).order_by(Dispute.fact)
    return list((await session.scalars(wanted, execution_options={"populate_existing": True})).all())


async def rename(session: AsyncSession, body: Body) -> None:
    """Let a steward correct the name of a body."""
    await facts.correct_fact(*await asked(session, body.id), Correction(fact="name", value=NAME, **WHY))


async def test_what_was_kept_by_hand_is_disputed_until_the_file_says_the_same(
    session: AsyncSession, extract: Path, tmp_path: Path
) -> None:
    trust = await body_of(session, "trust/RX6")
    await rename(session, trust)
    summary = await run(session, extract)
    [found] = await about(session, trust)
    assert (found.fact, found.ours_from, found.theirs_from) == ("name", "steward", "organisations.csv")
    assert (found.ours or "").startswith(NAME)
    assert found.theirs.startswith("North East Ambulance Service")
    assert str(trust.key) in {line.body for line in summary.disputed}
    again = await run(session, extract)
    [same] = await about(session, trust)
    assert (same.id, same.version, same.since) == (found.id, found.version, found.since)
    assert len(again.disputed) == len(summary.disputed)
    agrees = some_of(extract, tmp_path / "agrees", "organisations.csv")
    change(
        agrees, "organisations.csv", lambda row: row | ({"name": NAME} if row["ods_code"] == "RX6" else {})
    )
    await run(session, agrees)
    assert await about(session, trust) == []


async def test_a_dispute_that_was_settled_comes_back_with_other_words(
    session: AsyncSession, extract: Path, tmp_path: Path
) -> None:
    trust = await body_of(session, "trust/RX6")
    await rename(session, trust)
    await run(session, extract)
    [found] = await about(session, trust)
    found.settled_at, found.reason = now(), "The order of 2026 says so."
    await session.flush()
    summary = await run(session, extract)
    [still] = await about(session, trust)
    assert still.settled_at is not None
    assert str(trust.key) not in {line.body for line in summary.disputed}
    other = some_of(extract, tmp_path / "other", "organisations.csv")
    change(
        other, "organisations.csv", lambda row: row | ({"name": "NEAS"} if row["ods_code"] == "RX6" else {})
    )
    await run(session, other)
    [open_] = await about(session, trust)
    assert (open_.settled_at, open_.theirs.split(" from ")[0]) == (None, "NEAS")


async def test_an_import_leaves_what_other_files_dispute(
    session: AsyncSession, extract: Path, tmp_path: Path
) -> None:
    trust = await body_of(session, "trust/RX6")
    await rename(session, trust)
    await run(session, extract)
    await run(session, some_of(extract, tmp_path / "one", "la_icb.csv"))
    assert len(await about(session, trust)) == 1


async def test_what_a_forgotten_contact_said_is_not_kept(session: AsyncSession, extract: Path) -> None:
    trust = await body_of(session, "trust/RX6")
    contact = (await session.scalars(select(Contact).where(Contact.body_id == trust.id))).first()
    assert contact is not None
    value = contact.value
    await contacts.withdraw(await edit_of(session, trust.id), contact.id, Reasoned(**WHY))
    await run(session, extract)
    [found] = await about(session, trust)
    assert (found.fact, found.ours) == ("post", None)
    assert value not in found.theirs
    assert found.theirs.startswith("what line ")


async def test_premises_in_another_board_are_disputed(session: AsyncSession, extract: Path) -> None:
    trust, other = await body_of(session, "trust/RX6"), await body_of(session, "icb/QHM/2022-07-01")
    practice = (await session.scalars(select(Body).where(Body.key.like("practice/%")))).first()
    assert practice is not None
    far = (await session.scalars(select(Body.area).where(Body.key == "trust/RXK"))).one()
    practice.area = far
    await session.flush()
    await run(session, some_of(extract, extract.parent / f"far{practice.id}", "la_icb.csv"))
    found = [each for each in await about(session, practice) if each.fact == "board"]
    assert [(each.ours_from, each.theirs_from) for each in found] == [
        ("organisations.csv", "lsoa_lookup.csv.gz")
    ]
    assert "North East and North Cumbria" in (found[0].ours or "")
    assert found[0].theirs.startswith("premises in NHS ")
    assert await about(session, other) == []
    assert [each.fact for each in await about(session, trust)] == []


def test_two_files_that_differ_in_more_than_letters_dispute() -> None:
    catalogue = Catalogue()
    one = BodyFacts("trust/RX6", "nhs_trust", "one", Origin("one.csv", 2), closed_on=date(2026, 3, 31))
    two = BodyFacts("trust/RX6", "nhs_trust", "two", Origin("two.csv", 9), closed_on=date(2026, 4, 1))
    one.change(None, "NORTH EAST")
    two.change(None, "North East")
    catalogue.add(one)
    assert catalogue.add(two) is one
    assert [(each.fact, each.ours, each.theirs, each.at) for each in catalogue.disputed] == [
        ("closed_on", "2026-03-31", "2026-04-01", Origin("two.csv", 9))
    ]
