"""The taxonomy of themes."""

from services.feedback.themes.taxonomy import load_taxonomy
from shared.auth import Anyone
from shared.paging import Page
from shared.routing import Router
from shared.schemas import Answer

router = Router(prefix="/v1/themes", tags=["themes"])


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


@router.get("")
async def list_themes(_: Anyone) -> Page[ThemeView]:
    """List all themes: categories (level 1) and their labels (level 2)."""
    themes = [ThemeView.model_validate(theme) for theme in load_taxonomy().values()]
    return Page(items=themes, next=None)
