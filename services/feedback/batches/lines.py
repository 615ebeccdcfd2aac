"""The lines of a batch: told apart, bounded, and read each by itself."""

from collections.abc import Sequence
from typing import TypeAlias

from pydantic import ValidationError

from services.feedback.errors import LineTooLarge, TooManyLines
from services.feedback.items.schemas import NewFeedback
from shared.errors import Invalid
from shared.middleware import refuse_bad_text

LINES_MAX = 10_000
LINE_BYTES_MAX = 1_048_576
# Empty lines count for nothing, but to read millions of them takes time.
BREAKS_MAX = 10 * LINES_MAX
FAULTS_NAMED = 5
Lines: TypeAlias = Sequence[tuple[int, bytes]]


def split_lines(body: bytes) -> Lines:
    """The lines of NDJSON that are not empty, with their numbers; TooManyLines."""
    if body.count(b"\n") > BREAKS_MAX:
        raise TooManyLines
    lines = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    if len(lines) > LINES_MAX:
        raise TooManyLines
    return lines


def read_line(line: bytes) -> NewFeedback:
    """The feedback in a line; LineTooLarge, BadText, and Invalid that names its fields."""
    if len(line) > LINE_BYTES_MAX:
        raise LineTooLarge
    refuse_bad_text(line)
    try:
        return NewFeedback.model_validate_json(line)
    except ValidationError as error:
        raise Invalid(describe_faults(error)) from None


def describe_faults(error: ValidationError) -> str:
    """Which fields are wrong, and how; never their content."""
    faults = error.errors(include_input=False, include_url=False)[:FAULTS_NAMED]
    return "; ".join(f"/{'/'.join(map(str, each['loc']))}: {each['msg']}" for each in faults)
