"""In which footprints is a place on a day? Reckoned from its shares in each edition of the boundaries.

Between two editions a place is in what lies on the way from the one to the other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from services.registry.lineage.flows import spread
from services.registry.lineage.queries import Link
from services.registry.lookup.errors import NoFootprintThen

# Positions are of comparable distance up to twice that of the nearest, and this many metres more.
NEAR_METRES = 250


class Share(NamedTuple):
    """How much of a place lies in a body of an edition."""

    edition: str
    body_id: UUID
    share: float
    kind: str
    valid_from: date | None
    valid_to: date | None


class Spot(NamedTuple):
    """What is known of a place: its shares, and the body that it is where a code was given."""

    shares: tuple[Share, ...]
    body: UUID | None = None
    is_footprint: bool = False
    opened_on: date | None = None
    closed_on: date | None = None


class SmallArea(NamedTuple):
    """The small area of the census that a place is in."""

    code: str
    name: str
    deprivation_decile: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """A place as it was found: its spot, and others that are as near where it is known by a position."""

    spot: Spot
    others: tuple[Spot, ...] = ()
    small_area: SmallArea | None = None
    metres: float | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """The footprint of a place on a day, or several with their shares, the most likely first."""

    footprint: UUID | None
    candidates: tuple[tuple[UUID, float | None], ...]
    # Of the boundaries by which it was found; None for a footprint that was open on the day itself.
    edition: str | None = None

    @property
    def is_certain(self) -> bool:
        """Whether there is only one footprint that it can be."""
        return len(self.candidates) == 1


def found_in(rows: Sequence[Any]) -> Found:
    """Return a place from the rows of its shares, the nearest first."""
    grouped: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        grouped.setdefault((row.metres, row.area), []).append(row)
    first = rows[0]
    near = NEAR_METRES + 2 * (first.metres or 0)
    spots = [spot_of(group) for (metres, _), group in grouped.items() if (metres or 0) <= near]
    others = tuple(dict.fromkeys(spot for spot in spots[1:] if spot != spots[0]))
    area = SmallArea(first.area, first.area_name, first.deprivation_decile) if first.area_name else None
    return Found(spots[0], others, area, first.metres)


def spot_of(rows: Sequence[Any]) -> Spot:
    """Return what is known of one place."""
    first = rows[0]
    shares = tuple(
        Share(row.edition, row.body_id, row.share, row.kind, row.valid_from, row.valid_to)
        for row in rows
        if row.edition
    )
    asked = (first.asked_id, bool(first.asked_is_footprint), first.asked_opened_on, first.asked_closed_on)
    return Spot(shares, *asked)


def editions(spot: Spot, day: date) -> tuple[list[Share], list[Share]]:
    """Return the shares by the latest edition by a day, and by the one after it."""
    dated = sorted((each for each in spot.shares if each.valid_from), key=lambda each: each.valid_from or day)
    if not dated and spot.is_footprint and spot.body:
        # A footprint that no edition shows, such as one that a merger opened.
        return [Share("", spot.body, 1.0, "", spot.opened_on or date.min, spot.closed_on)], []
    by_then = [each.edition for each in dated if each.valid_from and each.valid_from <= day]
    later = [each.edition for each in dated if each.valid_from and each.valid_from > day]
    return (
        [each for each in dated if by_then and each.edition == by_then[-1]],
        [each for each in dated if later and each.edition == later[0]],
    )


def is_open(spot: Spot, day: date) -> bool:
    """Tell whether a place is a footprint that was open on a day."""
    begun = spot.opened_on is None or spot.opened_on <= day
    return spot.is_footprint and begun and (spot.closed_on is None or spot.closed_on >= day)


def has_ended(share: Share, day: date) -> bool:
    """Tell whether a boundary had ended by a day."""
    return share.valid_to is not None and share.valid_to < day


def ended(spot: Spot, day: date) -> set[UUID]:
    """Return the footprints of a place that had ended by a day: what followed has to be known to place it."""
    if is_open(spot, day):
        return set()
    return {each.body_id for each in editions(spot, day)[0] if has_ended(each, day)}


def place(spot: Spot, day: date, links: Sequence[Link]) -> Placed:
    """Return the footprints of a place on a day, by the latest edition by then; NoFootprintThen."""
    if is_open(spot, day):
        return Placed(spot.body, ((spot.body, 1.0),) if spot.body else ())
    now, later = editions(spot, day)
    if not now:
        raise NoFootprintThen
    afterwards = {each.body_id for each in later}
    held: dict[UUID, float] = {}
    for each in now:
        passed = between(each, later, day, links) if has_ended(each, day) else {each.body_id: 1.0}
        for body, portion in passed.items():
            held[body] = held.get(body, 0.0) + each.share * portion
    edition = now[0].edition
    if set(held) <= afterwards and all(has_ended(each, day) for each in now):
        held, edition = {each.body_id: each.share for each in later}, later[0].edition
    likely = tuple(sorted(held.items(), key=lambda each: (-each[1], each[0])))
    # What is one place in both editions is in one footprint between them, if it is not known in which.
    is_split = len(likely) > 1 and (len(now) > 1 or len(later) > 1)
    told = tuple((body, round(share, 6)) for body, share in likely)
    return Placed(None if is_split else likely[0][0], told, edition or None)


def between(before: Share, later: Sequence[Share], day: date, links: Iterable[Link]) -> dict[UUID, float]:
    """Return where a footprint's residents were between two editions: on the way from one to the other."""
    links, since = list(links), before.valid_from or date.min
    likely = spread(links, before.body_id, since, day)
    ways = [
        (body, after.body_id)
        for body in likely
        for after in later
        if after.valid_from and after.body_id in spread(links, body, day, after.valid_from)
    ]
    arrived = {body for body, after in ways if body == after}
    kept = arrived or {body for body, _ in ways} or set(likely)
    total = sum(likely[body] for body in kept)
    return {body: likely[body] / total for body in kept}


def nearest(placed: Sequence[Placed]) -> Placed:
    """Return the footprint of the nearest of some places, and those of the others as candidates."""
    first = placed[0]
    bodies = dict.fromkeys(body for each in placed for body, _ in each.candidates)
    if len(placed) == 1 or len(bodies) == 1:
        return first
    return Placed(first.footprint, tuple((body, None) for body in bodies), first.edition)
