"""The loop service: you said, we did."""

from fastapi import FastAPI

from services.loop.board import routes as board
from services.loop.commitments import routes as commitments
from services.loop.decisions import routes as decisions
from services.loop.evidence import routes as evidence
from services.loop.history import routes as history
from services.loop.inheritance import routes as inheritance
from services.loop.loops import routes as loops
from services.loop.measures import routes as measures
from services.loop.settings import Settings
from services.loop.tellings import routes as tellings
from services.loop.verdicts import routes as verdicts
from shared.app import service_app


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the loop service's application."""
    app = service_app("loop", settings or Settings())
    # The measures stand before the loops: their path would be taken for the id of one.
    for slice_ in (
        measures,
        board,
        loops,
        decisions,
        commitments,
        evidence,
        history,
        inheritance,
        tellings,
        verdicts,
    ):
        app.include_router(slice_.router)
    return app
