"""The feedback service's table of contents."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from services.feedback.asked import routes as asked
from services.feedback.batches import routes as batches
from services.feedback.bodies.heirs import Heirs
from services.feedback.counts import routes as counts
from services.feedback.files import routes as files
from services.feedback.heard import routes as heard
from services.feedback.items import routes as items
from services.feedback.items.direct import DirectPath
from services.feedback.items.intake import IntakeTools
from services.feedback.items.pages import FeedbackReader
from services.feedback.items.writer import FeedbackWriter
from services.feedback.moderation import bulk_routes as bulk_moderation
from services.feedback.moderation import routes as moderation
from services.feedback.moderation import rule_routes as publishing_rules
from services.feedback.published import routes as published
from services.feedback.replies import one_click
from services.feedback.replies import routes as replies
from services.feedback.search import routes as search
from services.feedback.settings import Settings
from services.feedback.sources import hooks, mending_routes, preset_routes
from services.feedback.sources import routes as sources
from services.feedback.sources.cache import SourceCache
from services.feedback.themes import routes as themes
from shared.app import service_app
from shared.auth import TokenVerifier
from shared.state import ServiceState


@asynccontextmanager
async def lifespan(
    state: ServiceState, settings: Settings, heirs: Heirs
) -> AsyncIterator[tuple[object, ...]]:
    """Open what intake needs, what stores feedback, and the cache of sources; keep heirs current."""
    async with (
        heirs.kept_current(state.sessions),
        IntakeTools.open(settings) as tools,
        FeedbackWriter.open(state, tools) as writer,
        FeedbackReader.open(state, tools.bodies, heirs) as reader,
        SourceCache.open(settings) as cache,
    ):
        yield tools, writer, reader, cache, heirs


def create_app(settings: Settings | None = None) -> FastAPI:
    """Create the service's app."""
    settings = settings or Settings()
    verify, heirs = TokenVerifier(settings.token_public_keys, "feedback"), Heirs()
    app = service_app(
        "feedback",
        settings,
        lifespan=partial(lifespan, settings=settings, heirs=heirs),
        authenticate=lambda request: heirs.stand_in(verify(request)),
        raw_prefixes=(hooks.PATH,),
        shortcut=partial(
            DirectPath,
            give=items.give_feedback,
            read={"/v1/feedback": items.list_feedback, "/v1/search": search.search_feedback},
        ),
    )
    for slice_ in (
        asked,
        batches,
        counts,
        heard,
        files,
        items,
        moderation,
        bulk_moderation,
        publishing_rules,
        published,
        replies,
        one_click,
        themes,
        search,
        sources,
        mending_routes,
        preset_routes,
        hooks,
    ):
        app.include_router(slice_.router)
    return app
