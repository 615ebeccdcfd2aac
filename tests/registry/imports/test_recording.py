"""Writing bodies in bulk: what is said again stays, what is not is superseded, what stewards said is left."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.facts import BodyFacts, Catalogue, Dated
from services.registry.imports.files import Origin
from services.registry.imports.known import find_registered
from services.registry.imports.recording import Recorded, record_claims
from services.registry.imports.summary import Summary
from services.registry.models import Body, BodyName, Contact, Relation
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor
from tests.registry.writes import ledger_of

KEY = "voluntary/test of the recording"
AT, LATER = Origin("charities.csv", 7), Origin("telephones.csv", 9)
FILES = frozenset({AT.file})
DAY = date(2026, 1, 1)


def catalogue(name: str, *, closed_on: date | None = None, as_of: date | None = None) -> Catalogue:
    """Return a catalogue of two bodies, one a member of the other."""
    made = Catalogue()
    other = made.add(BodyFacts(f"{KEY} too", "voluntary", "test", AT, names=[Dated("Other")]))
    body = BodyFacts(KEY, "voluntary", "test", AT, closed_on=closed_on, as_of=as_of, names=[Dated(name)])
    made.add(body).relate(other.key, "member_of", (None, None), "test", AT)
    return made


async def stored(
    session: AsyncSession, given: Catalogue, files: frozenset[str] = FILES, *, is_whole: bool = False
) -> tuple[Recorded, Summary]:
    """Store a catalogue."""
    summary = Summary()
    registered = await find_registered(session, files)
    return await record_claims(session, given, registered, files, summary, is_whole=is_whole), summary


async def counts(session: AsyncSession, given: Catalogue) -> tuple[int, int, int]:
    """Store a catalogue and return how many bodies were new, changed and unchanged."""
    _, summary = await stored(session, given)
    found = summary.counts["bodies"]
    return found["new"], found["changed"], found["unchanged"]


async def body_of(session: AsyncSession) -> Body:
    """Return the body as it stands."""
    wanted = select(Body).where(Body.key == KEY).execution_options(populate_existing=True)
    return (await session.scalars(wanted)).one()


async def rows_of(session: AsyncSession, model: Any, *, said: bool | None = None) -> list[Any]:
    """Return the body's facts of a kind: all, those that are said, or those that no longer are."""
    body = await body_of(session)
    owner = model.from_id if model is Relation else model.body_id
    wanted = select(model).where(owner == body.id).order_by(model.recorded_at, model.id)
    if said is not None:
        wanted = wanted.where(model.superseded_at.is_(None) == said)
    return list((await session.scalars(wanted.execution_options(populate_existing=True))).all())


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    """Return a session on a registry that knows the extract."""
    return await session_for("registry")


async def test_new_changed_and_unchanged_bodies_are_told_apart(session: AsyncSession) -> None:
    assert await counts(session, catalogue("First")) == (2, 0, 0)
    assert await counts(session, catalogue("First")) == (0, 0, 2)
    assert await counts(session, catalogue("Second")) == (0, 1, 1)


async def test_a_change_keeps_the_id_and_what_was_said_before(session: AsyncSession) -> None:
    await stored(session, catalogue("First"))
    before = (await body_of(session)).id
    link = (await rows_of(session, Relation))[0]
    untouched = (link.id, link.recorded_at)
    done, summary = await stored(session, catalogue("Second", closed_on=DAY))
    after = await body_of(session)
    assert (after.id, after.closed_on, done.changed) == (before, DAY, [before])
    assert [row.name for row in await rows_of(session, BodyName, said=True)] == ["Second"]
    (first,) = await rows_of(session, BodyName, said=False)
    assert (first.name, first.imported, first.file) == ("First", True, None)
    (second,) = await rows_of(session, BodyName, said=True)
    assert (second.imported, second.file) == (True, AT.file)
    assert first.superseded_at == second.recorded_at
    (link,) = await rows_of(session, Relation)
    assert (link.id, link.recorded_at) == untouched
    told = {(each.fact, each.before, each.after) for each in summary.changed}
    assert told == {("name", "First", "Second"), ("closed on", "", "2026-01-01")}


async def test_what_the_files_do_not_name_stays(session: AsyncSession) -> None:
    await stored(session, catalogue("First"))
    assert await counts(session, Catalogue()) == (0, 0, 0)
    assert await body_of(session)


async def test_what_only_absent_files_say_stays(session: AsyncSession) -> None:
    given = catalogue("First")
    given.bodies[KEY].reach("phone", "0191 000 0000", "enquiries", DAY, "test", LATER)
    await stored(session, given, FILES | {LATER.file})
    assert await counts(session, catalogue("First")) == (0, 0, 2)
    assert len(await rows_of(session, Contact, said=True)) == 1
    _, summary = await stored(session, catalogue("First"), FILES | {LATER.file})
    assert summary.counts["bodies"]["changed"] == 1
    assert await rows_of(session, Contact, said=True) == []


async def test_a_name_that_a_steward_corrected_is_kept_and_listed(session: AsyncSession) -> None:
    await stored(session, catalogue("First"))
    (row,) = await rows_of(session, BodyName)
    ledger_of(session).restate(row, name="Corrected")
    for name in ("First", "Second"):
        _, summary = await stored(session, catalogue(name))
        (kept,) = summary.kept
        assert (kept.fact, kept.after, kept.file, kept.line) == ("name", name, *AT)
        assert (kept.reason or "").startswith("corrected by a steward on 20")
        assert summary.counts["bodies"]["changed"] == 0
    assert [row.name for row in await rows_of(session, BodyName, said=True)] == ["Corrected"]


async def test_what_a_steward_withdrew_comes_back_only_as_something_new(session: AsyncSession) -> None:
    await stored(session, catalogue("First"))
    (row,) = await rows_of(session, Relation)
    ledger_of(session).withdraw(row)
    await session.flush()
    _, summary = await stored(session, catalogue("First"))
    assert [kept.fact for kept in summary.kept] == ["member_of"]
    assert await rows_of(session, Relation, said=True) == []
    given = catalogue("First")
    given.bodies[KEY].claims[0].says["share"] = 0.5
    _, summary = await stored(session, given)
    assert (summary.kept, summary.counts["bodies"]["changed"]) == ([], 1)
    assert [row.share for row in await rows_of(session, Relation, said=True)] == [0.5]


async def test_what_a_steward_ended_stays_ended(session: AsyncSession) -> None:
    await stored(session, catalogue("First"))
    (row,) = await rows_of(session, Relation)
    ledger_of(session).restate(row, valid_to=DAY)
    _, summary = await stored(session, catalogue("First"))
    assert [kept.fact for kept in summary.kept] == ["member_of"]
    assert [row.valid_to for row in await rows_of(session, Relation, said=True)] == [DAY]


async def test_days_that_a_steward_set_are_left_alone(session: AsyncSession) -> None:
    await stored(session, catalogue("First"))
    body = await body_of(session)
    body.dated_by_hand, body.closed_on = True, date(2026, 2, 2)
    await session.flush()
    _, summary = await stored(session, catalogue("First", closed_on=DAY))
    assert [(kept.fact, kept.after) for kept in summary.kept] == [("closed on", "2026-01-01")]
    assert (await body_of(session)).closed_on == date(2026, 2, 2)


async def test_a_body_that_was_withdrawn_is_one_again_when_a_file_knows_it(session: AsyncSession) -> None:
    await stored(session, catalogue("First"))
    body = await body_of(session)
    body.withdrawn_at = body.area = None
    body.withdrawn_at = (await rows_of(session, BodyName))[0].recorded_at
    await session.flush()
    done, _ = await stored(session, catalogue("First"))
    assert done.changed == [body.id]
    assert (await body_of(session)).withdrawn_at is None


async def test_a_newer_register_ends_what_was_and_an_older_one_says_nothing(session: AsyncSession) -> None:
    await stored(session, catalogue("First", as_of=date(2026, 3, 1)))
    await stored(session, catalogue("Second", as_of=date(2026, 9, 1)))
    names = [(row.name, row.valid_from, row.valid_to) for row in await rows_of(session, BodyName, said=True)]
    assert sorted(names) == [("First", None, date(2026, 8, 31)), ("Second", date(2026, 9, 1), None)]
    assert await counts(session, catalogue("Second", as_of=date(2026, 9, 1))) == (0, 0, 2)
    _, summary = await stored(session, catalogue("First", as_of=date(2026, 3, 1)))
    assert summary.counts["bodies"]["changed"] == 0
    assert summary.notes == ["1 rows were left out: the registry has newer ones."]


async def test_a_door_seen_again_is_no_change_and_one_that_was_replaced_ended(session: AsyncSession) -> None:
    async def seen(phone: str, known_on: date) -> tuple[Recorded, Summary]:
        given = catalogue("First", as_of=known_on)
        given.bodies[KEY].reach("phone", phone, "enquiries", known_on, "test", AT)
        return await stored(session, given)

    await seen("1", date(2026, 3, 1))
    done, summary = await seen("1", date(2026, 6, 1))
    assert (done.changed, done.is_quiet_write, summary.counts["bodies"]["changed"]) == ([], True, 0)
    (row,) = await rows_of(session, Contact, said=True)
    assert (row.known_on, row.imported, row.file) == (date(2026, 6, 1), True, AT.file)
    (earlier,) = await rows_of(session, Contact, said=False)
    assert (earlier.known_on, earlier.earlier_form_of, earlier.file) == (date(2026, 3, 1), row.id, None)
    done, summary = await seen("2", date(2026, 9, 1))
    assert summary.counts["bodies"]["changed"] == 1
    doors = {row.value: row.ended_on for row in await rows_of(session, Contact, said=True)}
    assert doors == {"1": date(2026, 8, 31), "2": None}
    done, _ = await seen("2", date(2026, 9, 1))
    assert (done.changed, done.is_quiet_write) == ([], False)
    await seen("1", date(2026, 11, 1))
    doors = {row.value: row.ended_on for row in await rows_of(session, Contact, said=True)}
    assert doors == {"1": None, "2": date(2026, 10, 31)}


async def test_a_door_that_was_published_earlier_replaces_none(session: AsyncSession) -> None:
    async def published(phone: str, known_on: date) -> Recorded:
        given = catalogue("First")
        given.bodies[KEY].reach("phone", phone, "enquiries", known_on, "test", AT)
        return (await stored(session, given))[0]

    await published("1", DAY)
    await published("2", date(2026, 9, 1))
    assert (await published("1", DAY)).changed == []
    doors = {row.value: row.ended_on for row in await rows_of(session, Contact, said=True)}
    assert doors == {"1": date(2026, 8, 31), "2": None}


async def test_a_door_that_a_steward_corrected_is_not_brought_back(session: AsyncSession) -> None:
    given = catalogue("First")
    given.bodies[KEY].reach("phone", "1", "enquiries", DAY, "test", AT)
    await stored(session, given)
    (row,) = await rows_of(session, Contact)
    ledger_of(session).restate(row, value="corrected")
    _, summary = await stored(session, given)
    assert [(kept.fact, kept.after) for kept in summary.kept] == [("phone", "1")]
    given.bodies[KEY].claims[-1].says["value"] = "3"
    _, summary = await stored(session, given)
    assert {row.value for row in await rows_of(session, Contact, said=True)} == {"corrected", "3"}


async def test_what_an_earlier_import_said_is_taken_over(session: AsyncSession) -> None:
    await stored(session, catalogue("First"))
    unknown = "an earlier import"
    for row in [*await rows_of(session, BodyName), *await rows_of(session, Relation)]:
        row.file = unknown
    (await body_of(session)).file = unknown
    await session.flush()
    done, _ = await stored(session, catalogue("First"))
    assert (done.changed, done.is_quiet_write) == ([], True)
    assert {row.file for row in await rows_of(session, Relation)} == {AT.file}
    assert (await body_of(session)).file == AT.file


async def test_of_what_an_earlier_import_said_a_whole_import_knows_what_is_gone(
    session: AsyncSession,
) -> None:
    await stored(session, catalogue("First"))
    (row,) = await rows_of(session, Relation)
    row.file = "an earlier import"
    await session.flush()
    given = catalogue("First")
    given.bodies[KEY].claims.clear()
    _, summary = await stored(session, given)
    assert summary.counts["bodies"]["changed"] == 0
    _, summary = await stored(session, given, is_whole=True)
    assert summary.counts["bodies"]["changed"] == 1
    assert await rows_of(session, Relation, said=True) == []
