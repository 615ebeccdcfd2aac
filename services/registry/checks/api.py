"""The registry as anybody reads it: over HTTP, page by page."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import httpx2
from pydantic import BaseModel

from services.registry.footprints.schemas import FootprintOut
from services.registry.lineage.schemas import LineageOut, OrganisationLineage
from services.registry.lookup.schemas import PlaceResult, PlacesFound
from services.registry.organisations.schemas import OrganisationOut
from shared.paging import Page

Shape = TypeVar("Shape", bound=BaseModel)
Item = TypeVar("Item")
Query = Mapping[str, str]
ANSWER_SECONDS = 60
PAGE, PLACES_AT_ONCE = "200", 1_000
TOO_MANY = 429


class RegistryApi:
    """A registry at an address, read with a key or without; it waits as long as it is told to."""

    def __init__(self, client: httpx2.Client) -> None:
        self.client = client

    def ask(self, path: str, shape: type[Shape], query: Query | None = None, body: object = None) -> Shape:
        """An answer, to a POST when there is a body; HTTPStatusError when the registry refuses it."""
        method = "GET" if body is None else "POST"
        while (answer := self.client.request(method, path, params=query, json=body)).status_code == TOO_MANY:
            time.sleep(float(answer.headers["Retry-After"]))
        answer.raise_for_status()
        return shape.model_validate_json(answer.content)

    def pages(self, path: str, shape: type[Page[Item]], query: Query) -> Iterator[Item]:
        """The items of all pages of a list."""
        page = self.ask(path, shape, {**query, "limit": PAGE})
        yield from page.items
        while page.next:
            page = self.ask(page.next, shape)
            yield from page.items

    def organisations(self, kind: str, day: str, **query: str) -> Iterator[OrganisationOut]:
        """All organisations of a kind that were open on a day, without those that are invented."""
        wanted = {"type": kind, "as_of": day, **query}
        found = self.pages("/v1/organisations", Page[OrganisationOut], wanted)
        return (each for each in found if not each.demonstration)

    def footprints(self, day: str) -> Iterator[FootprintOut]:
        """All footprints of a day."""
        return self.pages("/v1/footprints", Page[FootprintOut], {"as_of": day})

    def organisation_lineage(self, body: object, day: str) -> OrganisationLineage:
        """What an organisation came from, and what it has become by a day."""
        return self.ask(f"/v1/organisations/{body}/lineage", OrganisationLineage, {"as_of": day})

    def footprint_lineage(self, body: object, day: str) -> LineageOut:
        """What a footprint came from, and what it has become by a day."""
        return self.ask(f"/v1/footprints/{body}/lineage", LineageOut, {"as_of": day})

    def places(self, places: Sequence[object], day: str) -> Iterator[PlaceResult]:
        """Where places lie on a day, in their order."""
        for start in range(0, len(places), PLACES_AT_ONCE):
            asked = {"places": list(places[start : start + PLACES_AT_ONCE]), "as_of": day}
            yield from self.ask("/v1/lookup/batch", PlacesFound, body=asked).results
