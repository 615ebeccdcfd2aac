"""The loop service: you said, we did."""

from fastapi import FastAPI

from services.loop.board import routes as board
from services.loop.commitments import routes as commitments
from services.loop.decisions import routes as decisions
from services.loop.evidence import routes as evidence
from services.loop.inheritance import routes as inheritance
from services.loop.loops import routes as loops
from services.loop.measures import routes as measures
from services.loop.next import routes as next_steps
from services.loop.settings import Settings
from services.loop.tellings import routes as tellings
from services.loop.timeline import routes as timeline
from services.loop.verdicts import routes as verdicts
from shared.app import service_app


def create_app(settings: Settings | None = None) -> FastAPI:
    """The loop service's application."""
    app = service_app("loop", settings or Settings())
    # The measures come before the loops: their path would otherwise match the id of a loop.
    for slice_ in (
        measures,
        board,
        loops,
        decisions,
        commitments,
        evidence,
        next_steps,
        timeline,
        inheritance,
        tellings,
        verdicts,
    ):
        app.include_router(slice_.router)
    return app
