"""What may be given, and what is refused with the field that is wrong."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.feedback.items.schemas import NewFeedback, Rating
from shared.clock import today
from tests.feedback.examples import something_said

BODY = "ods:RX6"


def where_refused(**fields: Any) -> str:
    """The place of the one thing that is wrong, for which all is refused."""
    with pytest.raises(ValidationError) as refused:
        NewFeedback.model_validate(something_said(BODY) | fields)
    (error,) = refused.value.errors()
    return "/".join(map(str, error["loc"]))


def where_left_out(**fields: Any) -> str:
    """The place of the one thing that is wrong, without which the words come in."""
    (left,) = NewFeedback.model_validate(something_said(BODY) | fields).left_out
    return left.field.removeprefix("/")


@pytest.mark.parametrize("when", ["2025-03-01", "2025-03", "2025", today().isoformat()])
def test_when_it_was_is_a_date_a_month_or_a_year(when: str) -> None:
    assert NewFeedback.model_validate(something_said(BODY, experienced_on=when)).experienced_on == when


@pytest.mark.parametrize(
    "when", ["2025-02-30", "2025-13", "0000", "25", "2025-1-1", "yesterday", "2025-03-01T00:00", "२०२५"]
)
def test_another_date_is_left_out(when: str) -> None:
    assert where_left_out(experienced_on=when) == "experienced_on"


def test_the_future_is_left_out() -> None:
    assert where_left_out(experienced_on=(today() + timedelta(1)).isoformat()) == "experienced_on"


@pytest.mark.parametrize(
    ("given", "scale"), [((3, "1-5"), "1-5"), ((0, "0-10"), "0-10"), ((6, "fft"), "fft"), ((4, 5), "1-5")]
)
def test_a_rating_has_its_scale(given: tuple[float, Any], scale: str) -> None:
    assert Rating(value=given[0], scale=given[1]).scale == scale


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ((6, "1-5"), "rating"),
        ((7, "fft"), "rating"),
        ((3, "stars"), "rating/scale"),
        ((3, True), "rating/scale"),
        ((float("nan"), "1-5"), "rating/value"),
        (("good", "1-5"), "rating/value"),
    ],
)
def test_a_rating_off_its_scale_is_refused_where_it_is_all_that_was_said(
    given: tuple[Any, Any], place: str
) -> None:
    rating = {"value": given[0], "scale": given[1]}
    assert where_refused(rating=rating, text=None) == place
    assert where_left_out(rating=rating) == "rating"


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"kind": "rumour"}, "kind"),
        ({"text": ""}, "text"),
        ({"text": "a" * 10_001}, "text"),
        ({"text": None}, ""),
        ({"text": None, "answers": [{"question": "Why?"}]}, "answers/0"),
        ({"organisations": []}, ""),
        ({"organisations": ["RX6"]}, "organisations/0"),
        ({"organisations": [], "organisation": "RX6"}, "organisation"),
        ({"organisations": [], "postcode": "NE1 4LP; DROP"}, "postcode"),
        ({"demographics": {"shoe_size": "9"}}, "demographics/shoe_size"),
        ({"mood": "good"}, "mood"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], place: str) -> None:
    assert where_refused(**fields) == place


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"answers": [{"question": "Why?"}]}, "answers/0"),
        ({"organisation": "ods:RX6", "organisations": ["ods:RX6"]}, "organisation"),
        ({"footprint": BODY, "postcode": "NE1 4LP"}, "postcode"),
        ({"postcode": "NE1 4LP; DROP"}, "postcode"),
        ({"themes": [{"code": "weather"}]}, "themes/0"),
        ({"themes": [{"code": "parking", "polarity": "up"}]}, "themes/0"),
        ({"permissions": {"publish": True}}, "permissions/publish"),
        ({"contributor": {"channel": "pigeon"}}, "contributor"),
        ({"contributor": {"channel": "email", "address": "jo"}}, "contributor/address"),
        ({"contributor": {"channel": "email", "address": "jo@"}}, "contributor/address"),
        ({"contributor": {"channel": "email", "address": "a@b.example, c@d.example"}}, "contributor/address"),
        (
            {"contributor": {"channel": "email", "address": "a@b.example\nBcc: c@d.example"}},
            "contributor/address",
        ),
        (
            {"contributor": {"channel": "email", "address": "a@b.example <c@d.example>"}},
            "contributor/address",
        ),
        ({"demographics": {"age_band": "über 60"}}, "demographics/age_band"),
        ({"external_id": "a\nb"}, "external_id"),
        ({"language": "english please"}, "language"),
        ({"urgent": "perhaps"}, "urgent"),
        ({"touchpoints": ["x"] * 21}, "touchpoints"),
    ],
)
def test_what_is_wrong_beside_good_words_is_left_out(fields: dict[str, Any], place: str) -> None:
    assert where_left_out(**fields) == place


def test_a_score_alone_says_something() -> None:
    said = something_said(BODY, text=None, answers=[{"score": 4}])
    assert NewFeedback.model_validate(said).answers[0].score == 4


def test_what_is_left_out_was_not_asked() -> None:
    new = NewFeedback.model_validate(something_said(BODY, permissions={}, demographics={}))
    assert set(new.permissions.model_dump().values()) == {"not_asked"}
    assert new.demographics is not None
    assert set(new.demographics.model_dump().values()) == {"not_asked"}


def test_text_is_kept_as_it_was_given() -> None:
    words = "  Two lines,\n\tand <b>tags</b> & a smile 🙂  "
    assert NewFeedback.model_validate(something_said(BODY, text=words)).text == words


def test_each_organisation_counts_once() -> None:
    new = NewFeedback.model_validate(something_said(BODY, organisations=[BODY, "ods:RTD"]))
    assert new.body_refs.organisations == (BODY, "ods:RTD")
