"""The taxonomy that ships."""

import pytest

from services.feedback.themes.taxonomy import check_theme, load_taxonomy


def test_there_are_ten_categories_and_each_label_is_in_one() -> None:
    themes = load_taxonomy().values()
    categories = {theme.code for theme in themes if theme.level == 1}
    assert (len(categories), len(themes)) == (10, 43)
    assert {theme.parent for theme in themes if theme.level == 2} == categories


def test_a_code_that_it_lacks_is_refused() -> None:
    assert check_theme("parking") == "parking"
    with pytest.raises(ValueError, match="not a theme"):
        check_theme("weather")
