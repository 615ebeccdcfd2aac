"""A lineage as trees: from a footprint to its neighbours in time, from these to theirs, and so on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import UUID

from services.registry.lineage.flows import DAY, by_day, portions
from services.registry.lineage.queries import FootprintEdition, Link
from services.registry.lineage.schemas import Ancestor, Descendant

# Ways that so few took are not followed.
FOLLOWED_MIN = 1e-6


@dataclass(frozen=True)
class Trees:
    """What is needed to walk: the links in order of days, and the editions of all bodies, newest first.

    `until` is the day up to which the trees reach.
    """

    links: Sequence[Link]
    editions: Mapping[UUID, Sequence[FootprintEdition]]
    until: date

    @cached_property
    def portions(self) -> Mapping[Link, float]:
        """How much of the residents of the earlier one each link takes."""
        return portions(self.links)

    def leaving(self, body: UUID, since: date, until: date) -> list[Link]:
        """The links that left a body after one day, up to another one."""
        return [link for link in self.links if link.before == body and since < link.on <= until]

    def successors(self, body: UUID, since: date, held: float) -> tuple[list[Descendant], float]:
        """Where those went that a body held after a day, and how many of them stayed."""
        found = []
        for links in by_day(self.leaving(body, since, self.until)):
            moves = [(link, held * self.portions[link]) for link in links]
            held -= sum(moved for _, moved in moves)
            found += [self.descendant(link, moved) for link, moved in moves if moved >= FOLLOWED_MIN]
        return found, held

    def descendant(self, link: Link, moved: float) -> Descendant:
        """Where a link led to, and where those went on to that took it."""
        successors, stayed = self.successors(link.after, link.on, moved)
        own = {"share_of_asked": round(moved, 4), "stayed": round(abs(stayed), 4), "successors": successors}
        return Descendant.model_validate(self.neighbour(link, link.after, link.on, self.until) | own)

    def predecessors(self, body: UUID, until: date, followed: float, asked: float | None) -> list[Ancestor]:
        """Where those came from that a body held at the end of a day.

        `followed`: how many of all whom it held then are followed; `asked`: how many of those asked about.
        """
        found = []
        arriving = [link for link in reversed(self.links) if link.after == body and link.on <= until]
        for links in by_day(arriving):
            stayed = self.staying(body, links[0].on, until)
            weights, own = self.sources(body, links)
            for link, weight in zip(links, weights, strict=True):
                reached = self.portions[link] * stayed * followed
                from_here = None if asked is None or weight is None else asked * weight
                if reached >= FOLLOWED_MIN:
                    found.append(self.ancestor(link, reached, from_here))
            asked = None if asked is None or own is None else asked * own
        return found

    def ancestor(self, link: Link, reached: float, asked: float | None) -> Ancestor:
        """Where a link came from, and where those had come from that took it."""
        day_before = link.on - DAY
        own = {
            "share_of_asked": None if asked is None else round(asked, 4),
            "share_in_asked": round(reached, 4),
            "predecessors": self.predecessors(link.before, day_before, reached, asked),
        }
        return Ancestor.model_validate(self.neighbour(link, link.before, day_before) | own)

    def staying(self, body: UUID, since: date, until: date) -> float:
        """How much of those that a body held after a day it still held at the end of another."""
        kept = 1.0
        for links in by_day(self.leaving(body, since, until)):
            kept *= 1 - sum(self.portions[link] for link in links)
        return kept

    def sources(self, body: UUID, links: Sequence[Link]) -> tuple[list[float | None], float | None]:
        """Which part of a body's residents each link of a day brought, and which were its own.

        None where the residents of that time are not known.
        """
        day_before = links[0].on - DAY
        was_open = any(each.valid_from <= day_before for each in self.editions.get(body, ()))
        if len(links) == 1 and not was_open:
            return [1.0], 0.0
        parts = [self.residents(link.before, day_before, self.portions[link]) for link in links]
        staying = self.staying(body, day_before, links[0].on)
        parts.append(self.residents(body, day_before, staying) if was_open else 0.0)
        known = [part for part in parts if part is not None]
        if len(known) < len(parts) or not (total := sum(known)):
            return [None] * len(links), None
        *brought, own = [part / total for part in known]
        return [*brought], own

    def residents(self, body: UUID, day: date, portion: float) -> float | None:
        """A portion of the residents that a body had on a day, if they are known."""
        found = self.edition_on(body, day) if self.editions.get(body) else None
        return found.residents * portion if found and found.residents else None

    def edition_on(self, body: UUID, day: date) -> FootprintEdition:
        """The edition of a body on a day, or the first one when none had begun."""
        editions = self.editions[body]
        return next((each for each in editions if each.valid_from <= day), editions[-1])

    def neighbour(self, link: Link, body: UUID, day: date, until: date | None = None) -> dict[str, object]:
        """The fields of a link and of the footprint at its other end, as that was on a day.

        Its editions are those up to the day; with `until`, those from the day up to that one.
        """
        editions = [each for each in self.editions.get(body, ()) if each.valid_from <= (until or day)]
        if until:
            editions = [each for each in editions if (each.valid_to or date.max) >= day]
        basis = "computed" if link.source.startswith("computed") else "declared"
        return link._asdict() | {
            "footprint": self.edition_on(body, day),
            "editions": editions,
            "basis": basis,
        }
