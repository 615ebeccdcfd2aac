"""Outlines of footprints on a map (GeoJSON, RFC 7946), edition by edition."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.bodies import queries as body_queries
from services.registry.boundaries import queries
from services.registry.boundaries.outlines import compact_json, drawn_editions, outlines_of
from services.registry.boundaries.queries import EditionSpan
from services.registry.boundaries.schemas import NOTICE, NOTICES, EditionOut, Editions
from services.registry.ledger.views import BodyOnDay, Edition, View
from shared.errors import NotFound

SOURCE = "Office for National Statistics, simplified"


class NoOutline(NotFound):
    """There is no outline of this edition. `detail` names the nearest edition that has one."""


async def editions_view(session: AsyncSession, folder: Path, day: date | None) -> Editions:
    """All editions, or those that were in force on a day."""
    every = await queries.find_editions(session)
    in_force = await queries.find_editions(session, day=day) if day else every
    drawn = await asyncio.to_thread(drawn_editions, folder)
    return Editions(
        items=[
            EditionOut(
                **each._asdict(),
                source=SOURCE,
                notice=NOTICE,
                href=f"/v1/boundaries/{each.edition}" if each.edition in drawn else None,
                nearest=None if each.edition in drawn else nearest_edition(each, every, drawn),
            )
            for each in in_force
        ]
    )


def nearest_edition(
    edition: EditionSpan, every: Sequence[EditionSpan], drawn: frozenset[str]
) -> Edition | None:
    """The edition with outlines that began nearest in time."""
    distances = {
        each.edition: abs(each.valid_from - edition.valid_from) for each in every if each.edition in drawn
    }
    return min(distances, key=distances.__getitem__, default=None)


async def edition_geojson(session: AsyncSession, folder: Path, name: Edition) -> str:
    """The outlines of an edition; NotFound when there is no such edition, NoOutline when it has none."""
    every = await queries.find_editions(session)
    edition = next((each for each in every if each.edition == name), None)
    if edition is None:
        raise NotFound("There is no such edition of the boundaries. See /v1/boundaries.")
    drawings = await asyncio.to_thread(outlines_of, folder, name)
    if not drawings:
        drawn = await asyncio.to_thread(drawn_editions, folder)
        raise NoOutline(
            f"The edition {name} has no outlines.{advice(nearest_edition(edition, every, drawn))}"
        )
    ids = await queries.find_footprints_in(session, name)
    bodies_ = (await body_queries.bodies_on(session, ids, View(edition.valid_from))).values()
    features = [feature_of(body, outline) for body in bodies_ if (outline := outline_of(body, drawings))]
    valid_to = edition.valid_to and str(edition.valid_to)
    days = {"edition": name, "valid_from": str(edition.valid_from), "valid_to": valid_to}
    whole = compact_json({"type": "FeatureCollection", **days, **NOTICES})
    return f'{whole[:-1]},"features":[{",".join(features)}]}}'


def advice(nearest: Edition | None) -> str:
    """Which outlines to read instead, as a sentence after another one; empty when there are none."""
    return (
        f" The nearest edition with outlines is {nearest}: read /v1/boundaries/{nearest}." if nearest else ""
    )


async def footprint_geojson(session: AsyncSession, folder: Path, ref: str, view: View) -> str:
    """The outline of a footprint on a day; NoOutline when its edition has none."""
    body = await bodies.find_body(session, ref, view, "footprint")
    drawings = await asyncio.to_thread(outlines_of, folder, body.edition or "")
    if outline := outline_of(body, drawings):
        return f"{feature_of(body, outline)[:-1]},{compact_json(NOTICES)[1:]}"
    drawn = await asyncio.to_thread(drawn_editions, folder)
    own = {each.edition: each for each in await queries.find_editions(session, footprint=body.id)}
    edition = own[body.edition or ""]
    if nearest := nearest_edition(edition, list(own.values()), drawn):
        start = own[nearest].valid_from
        raise NoOutline(f"The edition {body.edition} has no outlines: ask with as_of={start} ({nearest}).")
    nearest = nearest_edition(edition, await queries.find_editions(session), drawn)
    raise NoOutline(f"The edition {body.edition} has no outlines.{advice(nearest)}")


def outline_of(body: BodyOnDay, drawings: Mapping[str, str]) -> str | None:
    """The outline with one of a footprint's codes."""
    return drawings.get(body.ods or "") or drawings.get(body.ons or "")


def feature_of(body: BodyOnDay, outline: str) -> str:
    """A footprint as a feature; its outline already is JSON."""
    properties = {
        "id": str(body.id),
        "name": body.name,
        "kind": body.kind,
        "codes": {"ods": body.ods, "ons": body.ons},
        "edition": body.edition,
        "region": body.region,
        "residents": body.residents,
        "href": f"/v1/footprints/{body.id}",
    }
    feature = compact_json({"type": "Feature", "id": str(body.id), "properties": properties})
    return f'{feature[:-1]},"geometry":{outline}}}'
