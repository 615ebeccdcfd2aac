"""The registry service: which bodies there are, who leads them and how to reach them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.registry.appointments import routes as appointments
from services.registry.boundaries import routes as boundaries
from services.registry.completeness import routes as completeness
from services.registry.contacts import routes as contacts
from services.registry.directory import routes as directory
from services.registry.disputes import routes as disputes
from services.registry.feed import routes as changes
from services.registry.footprints import routes as footprints
from services.registry.knocks import routes as knocks
from services.registry.lineage import routes as lineage
from services.registry.lookup import routes as lookup
from services.registry.lookup.answers import AnswerCache
from services.registry.mergers import routes as mergers
from services.registry.organisations import routes as organisations
from services.registry.registers import routes as registers
from services.registry.relations import routes as relations
from services.registry.routing import routes as routing
from services.registry.routing.reading import read_rules
from services.registry.settings import Settings
from services.registry.stakeholders import routes as stakeholders
from services.registry.suggestions import routes as suggestions
from shared.app import service_app
from shared.state import ServiceState

# A fixed path must come before one with a reference in its place.
SLICES = (
    lookup,
    completeness,
    footprints,
    lineage,
    appointments,
    suggestions,
    contacts,
    knocks,
    organisations,
    relations,
    mergers,
    stakeholders,
    routing,
    changes,
    boundaries,
    directory,
    registers,
    disputes,
)


@asynccontextmanager
async def open_parts(_: ServiceState) -> AsyncIterator[Sequence[object]]:
    """What each run of the registry has of its own: the answers that it remembers."""
    yield (AnswerCache(),)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The registry's app."""
    settings = settings or Settings()
    rules = read_rules(settings.routing_path)
    app = service_app("registry", settings, parts=(rules,), lifespan=open_parts)
    for slice_ in SLICES:
        app.include_router(slice_.router)
    return app
