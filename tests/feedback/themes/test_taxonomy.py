"""The taxonomy that ships."""

import pytest

from services.feedback.themes.taxonomy import check_theme, code_of_today, load_taxonomy


def test_there_are_ten_categories_and_each_label_is_in_one() -> None:
    themes = load_taxonomy().values()
    categories = {theme.code for theme in themes if theme.level == 1}
    assert (len(categories), len(themes)) == (10, 43)
    assert {theme.parent for theme in themes if theme.level == 2} == categories


def test_a_code_that_it_lacks_is_refused() -> None:
    assert check_theme("parking") == "parking"
    with pytest.raises(ValueError, match="not a theme"):
        check_theme("weather")


def test_a_code_is_checked_in_its_version() -> None:
    assert check_theme("care_plans", "v6") == "care_plans"
    with pytest.raises(ValueError, match="version v7"):
        check_theme("care_plans")


def test_the_crosswalk_leads_both_ways() -> None:
    today, earlier = load_taxonomy(), load_taxonomy("v6")
    there = {(code, each.code) for code, theme in earlier.items() for each in theme.crosswalk}
    back = {(each.code, code) for code, theme in today.items() for each in theme.crosswalk}
    assert there == back
    assert code_of_today("v6", "diagnosis_and_triage") == "continuity_of_care"
    assert code_of_today("v6", "care_plans") is None
    assert code_of_today("v7", "parking") == "parking"
