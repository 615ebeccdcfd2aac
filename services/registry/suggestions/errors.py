"""What can be wrong about a suggestion."""

from shared.errors import Conflict, FieldError, NotFound, Problem, TooMany


class SuggestionUnknown(NotFound):
    """Nothing here is known by this code: check its twelve letters."""


class SuggestionsFull(TooMany):
    """So many suggestions about this body wait that no more are taken: try again when its stewards have
    decided on some."""

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "86400"})


class AlreadyDecided(Conflict):
    """This suggestion waits no more: it lapsed, or somebody decided on it; correct or end what came of it."""


class NotAsSuggested(Problem):
    """What is to be accepted lacks something that the suggestion does not say: see `errors`."""

    status = 422

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail, errors=[FieldError(pointer=pointer, detail=detail)])
