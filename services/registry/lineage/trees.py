"""A lineage as trees: from a footprint to its neighbours in time, from these to theirs, and so on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from services.registry.bodies.schemas import BodyNamed, Codes
from services.registry.lineage.queries import FootprintEdition, Link
from services.registry.lineage.schemas import EditionOut, Forebear, Heir

CLOSING = "succeeded_by"
DAY = timedelta(days=1)
# Ways that so few took are not followed.
FOLLOWED_MIN = 1e-6
Sources = Sequence[tuple[Link, float | None]]


def by_day(links: Sequence[Link]) -> Iterator[list[Link]]:
    """Yield the links of each day; they have to be in order of days."""
    for _, on_one_day in groupby(links, key=lambda link: link.on):
        yield list(on_one_day)


def portions(leaving: Sequence[Link]) -> list[tuple[Link, float]]:
    """Return how much of a footprint's residents each of its links of one day takes.

    Where it closed they take all of them, whatever rounding left of the shares.
    """
    closing = sum(link.share for link in leaving if link.kind == CLOSING)
    staying = 1 - sum(link.share for link in leaving if link.kind != CLOSING)
    return [
        (link, link.share * staying / closing if closing and link.kind == CLOSING else link.share)
        for link in leaving
    ]


@dataclass(frozen=True, slots=True)
class Trees:
    """What is needed to walk: the links in order of days, and the editions of all bodies, newest first."""

    links: Sequence[Link]
    editions: Mapping[UUID, Sequence[FootprintEdition]]
    until: date

    def leaving(self, body: UUID, since: date, until: date) -> list[Link]:
        """Return what left a body after one day, up to another one."""
        return [link for link in self.links if link.before == body and since < link.on <= until]

    def arriving(self, body: UUID, until: date) -> list[Link]:
        """Return what arrived at a body up to a day, the latest first."""
        return [link for link in reversed(self.links) if link.after == body and link.on <= until]

    def successors(self, body: UUID, since: date, held: float) -> tuple[list[Heir], float]:
        """Return where those went that a body held after a day, and how many of them stayed."""
        found = []
        for links in by_day(self.leaving(body, since, self.until)):
            moves = [(link, held * portion) for link, portion in portions(links)]
            held -= sum(moved for _, moved in moves)
            found += [self.heir(link, moved) for link, moved in moves if moved >= FOLLOWED_MIN]
        return found, held

    def heir(self, link: Link, moved: float) -> Heir:
        """Return where a link led to, and where those went on to that took it."""
        successors, stayed = self.successors(link.after, link.on, moved)
        return Heir(
            **self.neighbour(link, link.after, link.on),
            editions=[
                told(each) for each in self.known(link.after) if not ended_before(each, link.on)
            ],
            share_of_asked=round(moved, 4),
            stayed=round(abs(stayed), 4),
            successors=successors,
        )  # fmt: skip

    def predecessors(self, body: UUID, until: date, followed: float, asked: float | None) -> list[Forebear]:
        """Return where those came from that a body held at the end of a day.

        `followed`: how many of all whom it held then are followed; `asked`: how many of those asked about.
        """
        found = []
        for links in by_day(self.arriving(body, until)):
            stayed = self.staying(body, links[0].on, until)
            sources, own = self.sources(body, links)
            for link, weight in sources:
                reached = self.portion(link) * stayed * followed
                from_here = None if asked is None or weight is None else asked * weight
                if reached >= FOLLOWED_MIN:
                    found.append(self.forebear(link, reached, from_here))
            asked = None if asked is None or own is None else asked * own
        return found

    def forebear(self, link: Link, reached: float, asked: float | None) -> Forebear:
        """Return where a link came from, and where those had come from that took it."""
        eve = link.on - DAY
        return Forebear(
            **self.neighbour(link, link.before, eve),
            editions=[told(each) for each in self.known(link.before) if each.valid_from <= eve],
            share_of_asked=None if asked is None else round(asked, 4),
            share_in_asked=round(reached, 4),
            predecessors=self.predecessors(link.before, eve, reached, asked),
        )

    def portion(self, link: Link) -> float:
        """Return how much of the residents of the earlier one a link takes."""
        return dict(portions(self.leaving(link.before, link.on - DAY, link.on)))[link]

    def staying(self, body: UUID, since: date, until: date) -> float:
        """Return how much of those that a body held after a day it still held at the end of another."""
        kept = 1.0
        for links in by_day(self.leaving(body, since, until)):
            kept *= 1 - sum(portion for _, portion in portions(links))
        return kept

    def sources(self, body: UUID, links: Sequence[Link]) -> tuple[Sources, float | None]:
        """Return which part of a body's residents each link of a day brought, and which were its own."""
        day = links[0].on
        was_open = any(each.valid_from < day for each in self.editions.get(body, ()))
        if len(links) == 1 and not was_open:
            return [(links[0], 1.0)], 0.0
        came = [self.residents(link.before, day - DAY, self.portion(link)) for link in links]
        own = self.residents(body, day - DAY, self.staying(body, day - DAY, day)) if was_open else 0.0
        parts = [*came, own]
        if any(part is None for part in parts) or not (total := sum(part or 0.0 for part in parts)):
            return [(link, None) for link in links], None
        return [(link, (part or 0.0) / total) for link, part in zip(links, came, strict=True)], (
            own or 0.0
        ) / total

    def residents(self, body: UUID, day: date, portion: float) -> float | None:
        """Return a portion of the residents that a body had on a day, if they are known."""
        found = self.edition_on(body, day) if self.editions.get(body) else None
        return found.residents * portion if found is not None and found.residents else None

    def known(self, body: UUID) -> list[FootprintEdition]:
        """Return the editions of a body up to the day up to which is told."""
        return [each for each in self.editions.get(body, ()) if each.valid_from <= self.until]

    def edition_on(self, body: UUID, day: date) -> FootprintEdition:
        """The edition of a body on a day, or the one next to it."""
        known = self.editions[body]
        begun = [each for each in known if each.valid_from <= day]
        return begun[0] if begun else known[-1]

    def neighbour(self, link: Link, body: UUID, day: date) -> dict[str, Any]:
        """Return what is told of a link and the footprint at its other end, as it was on a day."""
        return {
            "footprint": named_then(self.edition_on(body, day)),
            "on": link.on,
            "kind": link.kind,
            "share": link.share,
            "basis": "computed" if link.source.startswith("computed") else "declared",
            "source": link.source,
        }


def ended_before(edition: FootprintEdition, day: date) -> bool:
    """Tell whether an edition had ended before a day."""
    return edition.valid_to is not None and edition.valid_to < day


def told(edition: FootprintEdition) -> EditionOut:
    """Return an edition as it is told."""
    return EditionOut.model_validate(edition)


def named_then(edition: FootprintEdition) -> BodyNamed:
    """Return a body by the name and codes that an edition of it began with."""
    codes = Codes(ods=edition.ods, ons=edition.ons)
    return BodyNamed(id=edition.id, name=edition.name, kind=edition.kind, codes=codes)


def named_now(edition: FootprintEdition) -> BodyNamed:
    """Return a body by its name and codes on the day that is asked about."""
    codes = Codes(ods=edition.ods_now, ons=edition.ons_now)
    return BodyNamed(id=edition.id, name=edition.name_now or edition.name, kind=edition.kind, codes=codes)
