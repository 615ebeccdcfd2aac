"""The feedback service's table of contents."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from services.feedback.batches import routes as batches
from services.feedback.items import routes as items
from services.feedback.items.counter import Counter
from services.feedback.moderation import routes as moderation
from services.feedback.replies import routes as replies
from services.feedback.search import routes as search
from services.feedback.settings import Settings
from services.feedback.sources import hooks
from services.feedback.sources import routes as sources
from services.feedback.sources.door import Doors
from services.feedback.themes import routes as themes
from shared.app import service_app
from shared.state import ServiceState


@asynccontextmanager
async def lifespan(state: ServiceState, settings: Settings) -> AsyncIterator[tuple[object, ...]]:
    """Open the counter at which feedback is taken in."""
    async with Counter.open(state, settings) as counter:
        yield counter, Doors(counter.pool, settings.seal_key)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the service's app."""
    settings = settings or Settings()
    app = service_app(
        "feedback", settings, lifespan=partial(lifespan, settings=settings), raw_prefixes=(hooks.PATH,)
    )
    for slice_ in (batches, items, moderation, replies, themes, search, sources):
        app.include_router(slice_.router)
    return app
