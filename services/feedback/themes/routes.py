"""The taxonomy of themes."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from services.feedback.themes.taxonomy import TODAY, Version, load_taxonomy
from shared.auth import Anyone
from shared.paging import Page
from shared.routing import Router
from shared.schemas import Answer

router = Router(prefix="/v1/themes", tags=["themes"])


class CrossingView(Answer):
    """A theme of another version, and how it was found: by the same name, or by our reading."""

    version: Version
    code: str
    mapping: str


class ThemeView(Answer):
    """A category or a label of the taxonomy."""

    code: str
    level: int
    parent: str | None
    name: str
    definition: str | None
    framework: str
    mental_health_only: bool
    source: str
    version: Version
    crosswalk: list[CrossingView] = Field(
        description="What it is called in the other version; empty where that has no such theme."
    )


@router.get("")
async def list_themes(
    _: Anyone,
    version: Annotated[Version, Query(description="Of the taxonomy: today's if left out.")] = TODAY,
) -> Page[ThemeView]:
    """List all themes of a version: categories (level 1) and their labels (level 2)."""
    themes = [ThemeView.model_validate(theme) for theme in load_taxonomy(version).values()]
    return Page(items=themes, next=None)
