"""Shapes of the taxonomy."""

from shared.schemas import Answer


class ThemeShown(Answer):
    """A label of the taxonomy."""

    code: str
    level: int
    parent: str | None
    name: str
    definition: str | None
    framework: str
    mental_health_only: bool
    source: str
