"""Outlines of footprints on a map (GeoJSON, RFC 7946), edition by edition."""

import asyncio
from collections.abc import Collection, Mapping
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

    @classmethod
    def of(cls, edition: EditionSpan, every: Collection[EditionSpan], folder: Path) -> "NoOutline":
        """The refusal that says which outlines to read instead, if there are any."""
        reason = f"The edition {edition.edition} has no outlines."
        if nearest := nearest_edition(edition, every, drawn_editions(folder)):
            reason += f" The nearest edition with outlines is {nearest}: read /v1/boundaries/{nearest}."
        return cls(reason)


async def editions_view(session: AsyncSession, folder: Path, day: date | None) -> Editions:
    """All editions, or those that were in force on a day."""
    every, drawn = await queries.find_editions(session), drawn_editions(folder)
    in_force = await queries.find_editions(session, day=day) if day else every
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
    edition: EditionSpan, every: Collection[EditionSpan], drawn: Collection[Edition]
) -> Edition | None:
    """The edition with outlines that began nearest in time."""
    distances = {
        each.edition: abs(each.valid_from - edition.valid_from) for each in every if each.edition in drawn
    }
    return min(distances, key=distances.__getitem__, default=None)


async def edition_geojson(session: AsyncSession, folder: Path, name: Edition) -> str:
    """The outlines of an edition; NotFound when there is no such edition, NoOutline when it has none."""
    every = {each.edition: each for each in await queries.find_editions(session)}
    if name not in every:
        raise NotFound("There is no such edition of the boundaries. See /v1/boundaries.")
    edition, drawings = every[name], await asyncio.to_thread(outlines_of, folder, name)
    if not drawings:
        raise NoOutline.of(edition, every.values(), folder)
    ids = await queries.find_footprints_in(session, name)
    bodies_ = (await body_queries.bodies_on(session, ids, View(edition.valid_from))).values()
    features = [feature_of(body, outline) for body in bodies_ if (outline := outline_of(body, drawings))]
    valid_to = edition.valid_to and str(edition.valid_to)
    days = {"edition": name, "valid_from": str(edition.valid_from), "valid_to": valid_to}
    whole = compact_json({"type": "FeatureCollection", **days, **NOTICES})
    return f'{whole[:-1]},"features":[{",".join(features)}]}}'


async def footprint_geojson(session: AsyncSession, folder: Path, ref: str, view: View) -> str:
    """The outline of a footprint on a day; NoOutline when its edition has none."""
    body = await bodies.find_body(session, ref, view, "footprint")
    drawings = await asyncio.to_thread(outlines_of, folder, body.edition or "")
    if outline := outline_of(body, drawings):
        return f"{feature_of(body, outline)[:-1]},{compact_json(NOTICES)[1:]}"
    own = {each.edition: each for each in await queries.find_editions(session, footprint=body.id)}
    edition = own[body.edition or ""]
    if nearest := nearest_edition(edition, own.values(), drawn_editions(folder)):
        start = own[nearest].valid_from
        raise NoOutline(f"The edition {body.edition} has no outlines: ask with as_of={start} ({nearest}).")
    raise NoOutline.of(edition, await queries.find_editions(session), folder)


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
