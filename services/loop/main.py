"""The loop service: you said, we did."""

from fastapi import FastAPI

from services.loop.loops import routes as loops
from services.loop.settings import Settings
from shared.app import service_app


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the loop service's application."""
    app = service_app("loop", settings or Settings())
    app.include_router(loops.router)
    return app
