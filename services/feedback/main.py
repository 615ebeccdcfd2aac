"""The feedback service's table of contents."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.feedback.items.desk import Desk
from services.feedback.settings import Settings
from shared.app import service_app


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the desk that intake works at."""
    async with Desk.open(app.state.settings) as desk:
        app.state.desk = desk
        yield


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the service's app."""
    return service_app("feedback", settings or Settings(), lifespan=lifespan)
