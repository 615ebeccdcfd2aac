"""Outlines of footprints on a map (GeoJSON, RFC 7946), edition by edition."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.bodies import queries as body_queries
from services.registry.boundaries import queries
from services.registry.boundaries.errors import NoOutline
from services.registry.boundaries.outlines import drawn, outlines, written
from services.registry.boundaries.schemas import LICENCE, NOTICE, SIMPLIFIED, EditionOut
from services.registry.ledger.views import View
from shared.errors import NotFound

SOURCE = "Office for National Statistics, simplified"


async def editions(session: AsyncSession, folder: Path, day: date | None) -> list[EditionOut]:
    """Return all editions, or those that held on a day."""
    every = await queries.editions(session)
    held = await queries.editions(session, day) if day else every
    known = await asyncio.to_thread(drawn, folder)
    return [
        EditionOut(
            **each._mapping,
            source=SOURCE,
            notice=NOTICE,
            href=f"/v1/boundaries/{each.edition}" if each.edition in known else None,
            nearest=None if each.edition in known else nearest(each, every, known),
        )
        for each in held
    ]


def nearest(edition: Any, every: Sequence[Any], known: frozenset[str]) -> str | None:
    """Return the edition with outlines that began nearest in time."""
    found = [each for each in every if each.edition in known]
    distance = {each.edition: abs(each.valid_from - edition.valid_from) for each in found}
    return min(distance, key=distance.__getitem__, default=None)


async def collection(session: AsyncSession, folder: Path, name: str) -> str:
    """Return the outlines of an edition; NotFound when there is no such edition, NoOutline without any."""
    every = await queries.editions(session)
    edition = next((each for each in every if each.edition == name), None)
    if edition is None:
        raise NotFound("There is no such edition of the boundaries: see /v1/boundaries.")
    drawings = await asyncio.to_thread(outlines, folder, name)
    if not drawings:
        other = nearest(edition, every, await asyncio.to_thread(drawn, folder))
        raise NoOutline(f"There are no outlines of the edition {name}.{instead(other)}")
    ids = await queries.footprints_of(session, name)
    rows = (await body_queries.bodies_on(session, ids, View(edition.valid_from))).values()
    features = [feature(row, outline) for row in rows if (outline := outline_of(row, drawings))]
    whole = {
        "type": "FeatureCollection", "edition": name, "valid_from": str(edition.valid_from),
        "valid_to": edition.valid_to and str(edition.valid_to), **notices(),
    }  # fmt: skip
    return f'{written(whole)[:-1]},"features":[{",".join(features)}]}}'


def instead(edition: str | None) -> str:
    """Return where to go on from a missing outline."""
    return (
        f" The nearest in time that has some is {edition}: read /v1/boundaries/{edition}." if edition else ""
    )


async def one(session: AsyncSession, folder: Path, ref: str, day: date) -> str:
    """Return the outline of a footprint on a day; NoOutline when its edition has none."""
    row = await bodies.find_body(session, ref, View(day), "footprint")
    drawings = await asyncio.to_thread(outlines, folder, row.edition)
    outline = outline_of(row, drawings)
    if outline is None:
        raise NoOutline(await next_step(session, folder, row))
    return f"{feature(row, outline)[:-1]},{written(notices())[1:]}"


async def next_step(session: AsyncSession, folder: Path, row: Any) -> str:
    """Return what to do where a footprint has no outline on a day."""
    known = await asyncio.to_thread(drawn, folder)
    own = await queries.editions_of(session, row.id)
    edition = next(each for each in own if each.edition == row.edition)
    if other := nearest(edition, own, known):
        start = next(each.valid_from for each in own if each.edition == other)
        return f"There is no outline of {row.edition}: ask with as_of={start} ({other})."
    every = await queries.editions(session)
    return f"There is no outline of {row.edition}.{instead(nearest(edition, every, known))}"


def outline_of(row: Any, drawings: Mapping[str, str]) -> str | None:
    """Return the outline that has one of a footprint's codes."""
    return drawings.get(row.ods) or drawings.get(row.ons)


def feature(row: Any, outline: str) -> str:
    """Return a footprint as a feature; its outline is JSON already."""
    properties = {
        "id": str(row.id), "name": row.name, "kind": row.kind, "codes": {"ods": row.ods, "ons": row.ons},
        "edition": row.edition, "region": row.region, "residents": row.residents,
        "href": f"/v1/footprints/{row.id}",
    }  # fmt: skip
    told = {"type": "Feature", "id": str(row.id), "properties": properties}
    return f'{written(told)[:-1]},"geometry":{outline}}}'


def notices() -> dict[str, str]:
    """Return what has to be said with outlines."""
    return {"notice": NOTICE, "licence": LICENCE, "simplified": SIMPLIFIED}
