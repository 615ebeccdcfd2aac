"""Which body a reference means, and what is told of one."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from services.registry.bodies.domain import (
    day_asked_about,
    find_body,
    identify_footprint,
    publish_bodies,
    states_of,
)
from services.registry.bodies.errors import NotOpenYet
from services.registry.ledger.acts import Act
from services.registry.ledger.views import View
from services.registry.models import Body
from services.registry.settings import Settings
from shared.clock import today
from shared.errors import Invalid, NotFound
from shared.events.registry import FootprintRegistered, OrganisationChanged
from shared.outbox import Outbox
from tests.fixtures.databases import SessionFor

TODAY = date(2026, 11, 23)


async def id_of(session_for: SessionFor, key: str) -> UUID:
    """Return the id of a body by its natural key."""
    session = await session_for("registry")
    return (await session.scalars(select(Body.id).where(Body.key == key))).one()


@pytest.mark.parametrize(
    ("ref", "day", "key"),
    [
        ("ods:QHM", TODAY, "icb/QHM/2022-07-01"),
        ("ods:qhm", date(2020, 1, 1), "stp/QHM/2018-06-08"),
        ("ods:QVP", TODAY, "stp/QVP/2016-03-15"),
        ("ons:E54000050", date(2021, 4, 1), "stp/QHM/2018-06-08"),
        ("ons:E54000042", TODAY, "icb/QRL/2022-07-01"),
    ],
)
async def test_a_code_means_the_body_that_has_it_or_had_it_last(
    imported: Settings, session_for: SessionFor, ref: str, day: date, key: str
) -> None:
    found = await find_body(await session_for("registry"), ref, View(day), "footprint")
    assert found.id == await id_of(session_for, key)


async def test_a_code_that_comes_later_is_not_open_yet(imported: Settings, session_for: SessionFor) -> None:
    with pytest.raises(NotOpenYet):
        await find_body(await session_for("registry"), "ods:S1Y5D", View(date(2026, 3, 31)), "footprint")


async def test_an_organisation_is_no_footprint(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    with pytest.raises(NotFound):
        await find_body(session, "ods:RX6", View(TODAY), "footprint")
    with pytest.raises(NotFound):
        await find_body(session, "ods:QVP", View(TODAY), "organisation")


async def test_a_footprints_state_names_its_successors(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    ids = [await id_of(session_for, key) for key in ("icb/QNQ/2022-07-01", "icb/QHM/2022-07-01")]
    found = {event.aggregate_id: event for event, _ in await states_of(session, ids, FootprintRegistered)}
    frimley, north = found[ids[0]], found[ids[1]]
    assert isinstance(frimley, FootprintRegistered)
    assert isinstance(north, FootprintRegistered)
    assert [each.share for each in frimley.successors] == [0.5712, 0.228, 0.2008]
    assert (frimley.valid_to, north.valid_to) == (date(2026, 3, 31), None)
    assert (north.edition, north.ons, north.is_organisation) == ("ICB2026", "E54000050", True)
    assert north.organisations == north.footprints == (ids[1],)


async def test_telling_raises_the_version_which_is_the_sequence(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    body = (await session.scalars(select(Body).where(Body.key == "trust/RX6"))).one()
    before = body.version
    await publish_bodies(session, [body.id], Act("why", "where"))
    await session.refresh(body)
    assert body.version == before + 1
    latest = select(Outbox).where(Outbox.aggregate_id == body.id, Outbox.sequence == body.version)
    event = (await session.scalars(latest)).one()
    assert event.type == OrganisationChanged.type


async def test_telling_of_nobody_tells_nothing(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    await publish_bodies(session, [], Act("why", "where"))
    assert not session.new


@pytest.mark.parametrize(
    ("as_of", "edition", "day"),
    [
        (None, "STP2016", date(2016, 3, 15)),
        (None, "icb2023", date(2023, 4, 1)),
        (None, "ccg2016", date(2016, 4, 1)),
        (None, "CCG2021", date(2021, 4, 1)),
        (date(2020, 1, 1), "STP2016", date(2020, 1, 1)),
        (date(2020, 1, 1), None, date(2020, 1, 1)),
    ],
)
async def test_the_day_is_the_one_asked_about_or_the_editions_first(
    imported: Settings, session_for: SessionFor, as_of: date | None, edition: str | None, day: date
) -> None:
    assert await day_asked_about(await session_for("registry"), as_of, edition) == day


async def test_without_either_it_is_today(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    assert (
        await day_asked_about(session, None, None) == await day_asked_about(session, None, "ICB") == today()
    )


@pytest.mark.parametrize("edition", ["STP1999", "CCG2015", "CCG2022"])
async def test_an_unknown_edition_names_the_field(
    imported: Settings, session_for: SessionFor, edition: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await day_asked_about(await session_for("registry"), None, edition)
    assert refused.value.errors[0].pointer == "/query/edition"


async def test_a_footprint_that_does_not_exist_names_the_field(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    assert await identify_footprint(session, None, View(TODAY), "/footprint") is None
    with pytest.raises(Invalid) as refused:
        await identify_footprint(session, "ods:ZZZ", View(TODAY), "/footprint")
    assert refused.value.errors[0].pointer == "/footprint"
