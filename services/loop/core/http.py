"""Steps over HTTP: the request that takes one, and registering the function that does."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Security

from services.loop.core.steps import Request, Step
from shared.change_request import AttributedEditRequest, attributed_edit_request
from shared.errors import NotFound, Problem, VersionStale
from shared.routing import Endpoint, Router

StepRequest = Annotated[AttributedEditRequest, Security(attributed_edit_request, scopes=["loop:write"])]
VerifyRequest = Annotated[AttributedEditRequest, Security(attributed_edit_request, scopes=["loop:verify"])]


def route_step(
    router: Router, step: Step[Request], *problems: type[Problem]
) -> Callable[[Endpoint], Endpoint]:
    """Register the function that takes a step: path, summary, status and problems come from the step.

    `problems` are those that the function can raise and the step cannot.
    """
    if step.route is None:
        raise ValueError(f"only rules take the step {step.name}")
    return router.post(
        step.path,
        summary=step.route.summary,
        status_code=201 if step.route.makes_something else 200,
        problems=(NotFound, VersionStale, *step.problems, *problems),
    )
