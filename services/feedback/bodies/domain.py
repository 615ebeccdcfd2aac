"""Finding the bodies that feedback names, in this service's own copies of the registry."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Self
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.bodies import queries
from services.feedback.bodies.cache import BodyCache, BodyKind
from services.feedback.bodies.homes import Homes
from services.feedback.bodies.lookup import PostcodeLookup
from services.feedback.bodies.schemas import BodyRefs, FeedbackBodies, PlacedBy
from services.feedback.errors import PostcodeNotFound
from services.feedback.leaving_out import LeftOut, left_out
from services.feedback.models import OrganisationCopy
from services.feedback.settings import Settings
from shared.clock import today
from shared.copies import may_arrive, problem_of_unknown

LOOK_AGAIN_SECONDS = 0.1
STATEMENT_OF = {"footprint": queries.footprint_id_of_ref, "organisation": queries.organisation_id_of_ref}
ALONG_OF = {"footprint": queries.footprints_along, "organisation": queries.organisations_along}


@dataclass(frozen=True, slots=True)
class BodyFinder:
    """Finds bodies by id, code or postcode; waits `arrival_seconds` for one that has not arrived yet."""

    lookup: PostcodeLookup
    cache: BodyCache
    arrival_seconds: float
    # Whether it waits for all: to others, a code or an old id that nobody has is a mistake of theirs.
    awaits_all: bool = False

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator[Self]:
        """Keep the connection to the registry open while the block runs."""
        async with PostcodeLookup.open(settings) as lookup:
            yield cls(lookup, BodyCache(), settings.arrival_seconds)

    def recall(self, refs: BodyRefs) -> FeedbackBodies | None:
        """The bodies that these references name, if the cache has all of them; never for a postcode."""
        footprint_id = self.cache.recall("footprint", refs.footprint) if refs.footprint else None
        found = [self.cache.recall("organisation", ref) for ref in refs.organisations]
        if refs.postcode or None in found or (refs.footprint and footprint_id is None):
            return None
        organisations = [each for each in found if each]
        if footprint_id:
            return self.bodies_of(footprint_id, organisations, "named")
        home = self.cache.home_of(organisations, refs.day or today())
        if home and (footprint_id := self.cache.recall("footprint", str(home))) is None:
            return None
        return self.bodies_of(footprint_id, organisations, "organisation")

    async def find(self, session: AsyncSession, refs: BodyRefs) -> FeedbackBodies:
        """The bodies that these references name; PostcodeNotFound, LookupUnavailable and UNKNOWN_BODY."""
        footprint_id, unplaced = await self.look_up(refs) if refs.postcode else (None, ())
        if refs.footprint:
            footprint_id = await self.find_body(session, "footprint", refs.footprint, "/footprint")
        organisations = [
            await self.find_body(session, "organisation", ref, refs.pointer_of_organisation(place))
            for place, ref in enumerate(refs.organisations)
        ]
        if footprint_id:
            return self.bodies_of(footprint_id, organisations, "postcode" if refs.postcode else "named")
        footprint_id = await self.find_home(session, organisations, refs.day or today())
        return self.bodies_of(footprint_id, organisations, "organisation", unplaced)

    async def find_home(self, session: AsyncSession, organisations: Sequence[UUID], day: date) -> UUID | None:
        """The footprint that organisations, which were found, were in on a day, or its heir of today."""
        if (home := self.cache.home_of(organisations, day)) is None:
            return None
        if known := self.cache.recall("footprint", ref := str(home)):
            return known
        # The copy of a footprint may come after that of its organisation.
        heir: UUID | None = await session.scalar(queries.footprint_id_of_ref(ref, today()))
        return self.cache.remember("footprint", ref, heir) if heir else home

    async def look_up(self, refs: BodyRefs) -> tuple[UUID | None, tuple[LeftOut, ...]]:
        """The footprint of a postcode; one without a footprint is left out beside an organisation."""
        try:
            return await self.lookup.footprint_of_postcode(refs.postcode or ""), ()
        except PostcodeNotFound as problem:
            if not refs.organisations:
                raise
            return None, (left_out(("postcode",), problem.code, problem.detail, None),)

    def bodies_of(
        self,
        footprint_id: UUID | None,
        organisations: Sequence[UUID],
        placed_by: PlacedBy,
        left_out: tuple[LeftOut, ...] = (),
    ) -> FeedbackBodies:
        """Bodies that were found; feedback is a demonstration if all its organisations are invented."""
        named = list(dict.fromkeys(organisations))
        invented = bool(named) and self.cache.invented.issuperset(named)
        how = placed_by if footprint_id else None
        return FeedbackBodies(footprint_id, named, left_out, demonstration=invented, placed_by=how)

    async def find_body(self, session: AsyncSession, kind: BodyKind, ref: str, pointer: str) -> UUID:
        """The body that a reference leads to today; one of UNKNOWN_BODY at `pointer`."""
        if known := self.cache.recall(kind, ref):
            return known
        statement = STATEMENT_OF[kind](ref, today())
        body_id: UUID | None = await session.scalar(statement)
        if body_id is None and (self.awaits_all or may_arrive(ref)):
            body_id = await self.wait_for_body(session, statement)
        if body_id is None:
            raise problem_of_unknown(ref, pointer)
        if kind == "organisation":
            known_of_it = await session.get(OrganisationCopy, body_id)
            self.cache.mark_invented(body_id, invented=known_of_it is not None and known_of_it.demonstration)
            if known_of_it:
                self.cache.remember_homes(body_id, Homes.of_copy(known_of_it))
        return self.cache.remember(kind, ref, body_id)

    async def wait_for_body(self, session: AsyncSession, statement: Select[UUID]) -> UUID | None:
        """The body that a statement finds before the time for waiting is over."""
        until = time.monotonic() + self.arrival_seconds
        with self.cache.waiting_place() as admitted:
            while admitted and time.monotonic() < until:
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
                body_id: UUID | None = await session.scalar(statement)
                if body_id is not None:
                    return body_id
        return None

    async def find_bodies_along(
        self, session: AsyncSession, kind: BodyKind, ref: str | None, pointer: str
    ) -> list[UUID] | None:
        """The body that a reference names and its heirs up to today: what was said about it stays its own."""
        if ref is None:
            return None
        if (known := self.cache.recall_way(kind, ref)) is not None:
            return known
        await self.find_body(session, kind, ref, pointer)
        found = list(await session.scalars(ALONG_OF[kind](ref, today())))
        return self.cache.remember_way(kind, ref, found)
