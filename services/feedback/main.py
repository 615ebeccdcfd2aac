"""The feedback service's table of contents."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from services.feedback.batches import routes as batches
from services.feedback.items import routes as items
from services.feedback.items.intake import IntakeTools
from services.feedback.items.writer import FeedbackWriter
from services.feedback.moderation import routes as moderation
from services.feedback.replies import one_click
from services.feedback.replies import routes as replies
from services.feedback.search import routes as search
from services.feedback.settings import Settings
from services.feedback.sources import hooks
from services.feedback.sources import routes as sources
from services.feedback.sources.cache import SourceCache
from services.feedback.themes import routes as themes
from shared.app import service_app
from shared.state import ServiceState


@asynccontextmanager
async def lifespan(state: ServiceState, settings: Settings) -> AsyncIterator[tuple[object, ...]]:
    """Open what intake needs, what stores feedback, and the cache of sources."""
    async with (
        IntakeTools.open(settings) as tools,
        FeedbackWriter.open(state, tools) as writer,
        SourceCache.open(settings) as cache,
    ):
        yield tools, writer, cache


def create_app(settings: Settings | None = None) -> FastAPI:
    """Create the service's app."""
    settings = settings or Settings()
    app = service_app(
        "feedback", settings, lifespan=partial(lifespan, settings=settings), raw_prefixes=(hooks.PATH,)
    )
    for slice_ in (batches, items, moderation, replies, one_click, themes, search, sources, hooks):
        app.include_router(slice_.router)
    return app
