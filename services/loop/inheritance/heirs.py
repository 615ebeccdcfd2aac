"""Who takes over from a body that was succeeded."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.copies.queries import AnyCopy
from services.loop.inheritance import queries
from services.loop.models import FootprintCopy, Loop, OrganisationCopy
from shared.clock import today
from shared.events.registry import OrganisationSuccessor, Successor


class Succession(NamedTuple):
    """A body that was succeeded, its successors, the first day of these, and whether it was a footprint.

    `owner` is a board that has answered in its place since it closed.
    """

    predecessor: UUID
    successors: queries.Successors
    effective_on: date
    is_of_footprint: bool
    owner: UUID | None = None

    @property
    def owners(self) -> set[UUID | None]:
        """Whom a loop names as the body that must answer, if it is one that the heir takes over."""
        return {None, self.predecessor, self.owner}


class Heir(NamedTuple):
    """The body that takes over a loop, its place, and whether another could equally have taken it over."""

    id: UUID
    footprint_id: UUID | None
    uncertain: bool


def largest_of(successors: Sequence[Successor | OrganisationSuccessor]) -> Successor | OrganisationSuccessor:
    """The successor with the largest share, the first of equals."""
    return max(successors, key=lambda each: each.share or 0)


def succession_of(predecessor: AnyCopy, board: FootprintCopy | None = None) -> Succession:
    """The succession in a succeeded body's copy; or for one that closed without an heir, that of a board."""
    heirs = [OrganisationSuccessor.model_validate(each) for each in predecessor.successors]
    if board:
        heirs = [OrganisationSuccessor(id=board.id)]
    closed = predecessor.valid_to + timedelta(days=1) if predecessor.valid_to else today()
    is_of_footprint = isinstance(predecessor, FootprintCopy)
    return Succession(predecessor.id, heirs, predecessor.succeeded_on or closed, is_of_footprint)


async def heir_of(session: AsyncSession, loop: Loop, succession: Succession) -> Heir:
    """The successor in the loop's place, or otherwise the one with the largest share, the first of equals.

    The place of a loop that another organisation must answer is where that organisation is.
    """
    ids = [each.id for each in succession.successors]
    places = {each: each for each in ids}
    if not succession.is_of_footprint:
        places = await queries.places_of(session, ids)
    place = loop.footprint_id
    if loop.organisation_id not in succession.owners:
        organisation = await session.get(OrganisationCopy, loop.organisation_id)
        place = organisation.footprint_id if organisation else place
    there = [each for each in succession.successors if place and places.get(each.id) == place]
    able = there or succession.successors
    largest = largest_of(able)
    return Heir(largest.id, places.get(largest.id, loop.footprint_id), uncertain=len(able) > 1)


def concerned_bodies(loop: Loop, succession: Succession) -> tuple[UUID, ...]:
    """The bodies that an inheritance concerns: all successors, not only the heir."""
    named = {
        loop.organisation_id,
        loop.footprint_id,
        succession.predecessor,
        succession.owner,
        *(heir.id for heir in succession.successors),
    }
    return tuple(sorted(each for each in named if each))
