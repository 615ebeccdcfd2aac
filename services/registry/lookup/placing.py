"""In which footprints is a place on a day? Worked out from its shares in each edition of the boundaries.

Between two editions a place is in what lies on the way from the one to the other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from services.registry.ledger.views import GROUP_EDITIONS, Edition
from services.registry.lineage.flows import spread
from services.registry.lineage.queries import Link
from shared.errors import NotFound

AREA_KINDS = ("sub_icb_location", "local_authority", "ccg")
# Of 20 known positions 19 have another one within this distance. A place that has none may be outside
# England, and what is said of the nearest one need not hold there.
FAR_METRES = 6_000
# Other positions count up to twice the distance of the nearest, and this many metres more.
NEAR_METRES = 250


class PostcodeUnknown(NotFound):
    """We know no footprint for this postcode. It may be new, wrong or outside England: check it."""


class PostcodeOutsideEngland(NotFound):
    """This postcode is outside England. Doorway knows the NHS in England only. `detail` says whom to ask."""


class PostcodeIsNoPlace(NotFound):
    """This code stands for no place: it may mean "no fixed abode". Ask by a place that the person knows."""


class CodeUnknown(NotFound):
    """We know no body with this code. Check it, and `edition` if you gave one."""


class BodyNotPlaced(NotFound):
    """We do not know where the body with this code is. Ask by the postcode of the place instead."""


class PlaceTooFar(NotFound):
    """We know no position near this place. It may be outside England: ask by its postcode instead."""


class NoFootprintThen(NotFound):
    """There were no footprints on that day. The first were announced on 15 March 2016."""


NOT_FOUND = (
    *(PostcodeUnknown, PostcodeOutsideEngland, PostcodeIsNoPlace),
    *(CodeUnknown, BodyNotPlaced, PlaceTooFar, NoFootprintThen),
)


# A row of the statement that finds a place: the place, and a body that it lies in (in none: no edition).
ShareRow = Row[*tuple[Any, ...]]


class Share(NamedTuple):
    """How much of a place lies in a body of an edition."""

    edition: Edition
    body_id: UUID
    share: float
    kind: str
    valid_from: date | None
    valid_to: date | None

    def has_ended(self, day: date) -> bool:
        """Whether the boundary had ended by a day."""
        return self.valid_to is not None and self.valid_to < day


class Spot(NamedTuple):
    """What is known about a place: its shares, and the body that it is when a request gave a code."""

    shares: tuple[Share, ...]
    body: UUID | None = None
    is_footprint: bool = False
    opened_on: date | None = None
    closed_on: date | None = None
    # The other country that a part of a postcode is in as well.
    outside: str | None = None
    # The board of the body on the day: its register decides, wherever its premises are.
    board: UUID | None = None
    # Whether the area is that of whom the body belongs to.
    is_stand_in: bool = False
    # Whether the known position is so far away that the place may be elsewhere.
    is_far: bool = False

    @property
    def is_known(self) -> bool:
        """Whether anything says in which footprint the place is."""
        return bool(self.shares or self.is_footprint or self.board)

    def is_open(self, day: date) -> bool:
        """Whether the place is a footprint that was open on a day."""
        has_begun = self.opened_on is None or self.opened_on <= day
        return self.is_footprint and has_begun and (self.closed_on is None or self.closed_on >= day)

    def by_edition(self, day: date) -> tuple[list[Share], list[Share]]:
        """The shares by the latest edition that had begun by a day, and by the one after it."""
        dated = sorted(
            (each.valid_from, place, each) for place, each in enumerate(self.shares) if each.valid_from
        )
        if not dated and self.is_footprint and self.body:
            # A footprint that no edition shows, such as one that a merger opened.
            return [Share("", self.body, 1.0, "", self.opened_on or date.min, self.closed_on)], []
        now = next((each.edition for begun, _, each in reversed(dated) if begun <= day), None)
        later = next((each.edition for begun, _, each in dated if begun > day), None)
        shares = [each for _, _, each in dated]
        return [s for s in shares if s.edition == now], [s for s in shares if s.edition == later]

    def areas(self, day: date) -> list[Share]:
        """The bodies whose areas the place is in; of groups, those of the edition of the day.

        After the last edition and before the first one, the last and the first stand for it.
        """
        groups = sorted({each.edition for each in self.shares if each.kind == "ccg"})
        edition = group_edition(day)
        of_day = next((each for each in reversed(groups) if each <= edition), None)
        return [
            each._replace(edition=edition) if each.kind == "ccg" else each
            for each in self.shares
            if each.kind in AREA_KINDS and (each.kind != "ccg" or each.edition == of_day)
        ]

    def ended_bodies(self, day: date) -> set[UUID]:
        """The footprints of the place that had ended by a day; what followed them decides where it is."""
        if self.is_open(day):
            return set()
        return {each.body_id for each in self.by_edition(day)[0] if each.has_ended(day)}


def group_edition(day: date) -> Edition:
    """The edition of commissioning groups on a day: the first before all, and the last since they closed.

    One that changed nothing for a place has no share of it.
    """
    begun = (each for each, since in reversed(GROUP_EDITIONS.items()) if since <= day)
    return next(begun, next(iter(GROUP_EDITIONS)))


@dataclass(frozen=True, slots=True)
class Placed:
    """The footprint of a place on a day, or several with their shares, the most likely first."""

    footprint: UUID | None
    candidates: tuple[tuple[UUID, float | None], ...]
    # The edition that decided; None for a footprint that was open on the day itself.
    edition: Edition | None = None
    # The footprint that a body's premises lie in, where that is not its board.
    premises: UUID | None = None

    @property
    def is_certain(self) -> bool:
        """Whether only one footprint is possible."""
        return len(self.candidates) == 1


def spots_of(rows: Sequence[ShareRow]) -> tuple[Spot, ...]:
    """The place of rows, and for a position the other known spots that are about as near, each once."""
    grouped: dict[tuple[float | None, str | None], list[ShareRow]] = {}
    for row in rows:
        grouped.setdefault((row.metres, row.area), []).append(row)
    near = NEAR_METRES + 2 * (rows[0].metres or 0)
    spots = (spot_of(group) for (metres, _), group in grouped.items() if (metres or 0) <= near)
    return tuple(dict.fromkeys(spots))


def spot_of(rows: Sequence[ShareRow]) -> Spot:
    """What is known about one place."""
    shares = (
        Share(row.edition, row.body_id, row.share, row.kind, row.valid_from, row.valid_to)
        for row in rows
        if row.edition
    )
    asked = rows[0]
    life = asked.asked_opened_on, asked.asked_closed_on
    return Spot(
        tuple(shares),
        asked.asked_id,
        bool(asked.asked_is_footprint),
        *life,
        outside=asked.outside,
        board=asked.board,
        is_stand_in=bool(asked.is_stand_in),
        is_far=(asked.metres or 0) > FAR_METRES,
    )


def place_on(spot: Spot, day: date, links: Sequence[Link]) -> Placed:
    """The footprints of a place on a day: a body's board, else those of where it lies."""
    if spot.board is None:
        return place_area_on(spot, day, links)
    has_premises = spot.by_edition(day)[0] and not spot.is_stand_in
    premises = place_area_on(spot, day, links).footprint if has_premises else None
    return Placed(spot.board, ((spot.board, 1.0),), premises=None if premises == spot.board else premises)


def place_area_on(spot: Spot, day: date, links: Sequence[Link]) -> Placed:
    """The footprints of an area on a day, by the latest edition by then; NoFootprintThen before the first."""
    if spot.is_open(day):
        return Placed(spot.body, ((spot.body, 1.0),) if spot.body else ())
    now, later = spot.by_edition(day)
    if not now:
        raise NoFootprintThen
    shares: dict[UUID, float] = {}
    for each in now:
        passed = between(each, later, day, links) if each.has_ended(day) else {each.body_id: 1.0}
        for body, portion in passed.items():
            shares[body] = shares.get(body, 0.0) + each.share * portion
    edition = now[0].edition
    if shares.keys() <= {each.body_id for each in later} and all(each.has_ended(day) for each in now):
        shares, edition = {each.body_id: each.share for each in later}, later[0].edition
    likely = tuple(sorted(shares.items(), key=lambda each: (-each[1], each[0])))
    # A place that is whole in both editions is in one footprint between them, even if we do not know which.
    is_split = len(likely) > 1 and (len(now) > 1 or len(later) > 1)
    candidates = tuple((body, round(share, 6)) for body, share in likely)
    return Placed(None if is_split else likely[0][0], candidates, edition or None)


def between(before: Share, later: Sequence[Share], day: date, links: Iterable[Link]) -> dict[UUID, float]:
    """Where a footprint's residents were between two editions: on the way from one to the other."""
    links, since = list(links), before.valid_from or date.min
    likely = spread(links, before.body_id, since, day)
    ways = [
        (body, after.body_id)
        for body in likely
        for after in later
        if after.valid_from and after.body_id in spread(links, body, day, after.valid_from)
    ]
    arrived = {body for body, after in ways if body == after}
    bodies = arrived or {body for body, _ in ways} or set(likely)
    total = sum(likely[body] for body in bodies)
    return {body: likely[body] / total for body in bodies}


def nearest_of(placed: Sequence[Placed]) -> Placed:
    """The footprint of the nearest of several places, with those of the others as candidates."""
    first = placed[0]
    bodies = dict.fromkeys(body for each in placed for body, _ in each.candidates)
    if len(placed) == 1 or len(bodies) == 1:
        return first
    return Placed(first.footprint, tuple((body, None) for body in bodies), first.edition)
