"""The taxonomy of themes."""

from services.feedback.themes.schemas import ThemeShown
from services.feedback.themes.taxonomy import taxonomy
from shared.auth import Anyone
from shared.paging import Page
from shared.routing import Router

router = Router(prefix="/v1/themes", tags=["themes"])


@router.get("")
async def list_themes(_: Anyone) -> Page[ThemeShown]:
    """List all themes: categories (level 1) and their labels (level 2)."""
    themes = [ThemeShown.model_validate(theme) for theme in taxonomy().values()]
    return Page(items=themes, next=None)
