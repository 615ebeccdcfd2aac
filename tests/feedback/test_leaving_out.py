"""A bad value beside good words: the words come in, the value is named, and only staff may see it."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from services.feedback.items.schemas import NewFeedback
from tests.feedback.examples import ClientOf, give_feedback, moderate_feedback
from tests.fixtures.clients import ServiceClient

GOOD = {"kind": "comment", "text": "Kind staff.", "organisations": ["ods:RX6"]}


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({"contributor": {"channel": "email", "address": "n/a"}}, {"/contributor/address": None}),
        ({"contributor": {"channel": "pigeon", "address": "jo@example.org"}}, {"/contributor": None}),
        (
            {"contributor": {"channel": "app", "needs": {"formats": ["loud"]}}},
            {"/contributor/needs/formats": None},
        ),
        ({"experienced_on": "last week"}, {"/experienced_on": "last week"}),
        ({"rating": {"value": 7, "scale": "1-5"}}, {"/rating": {"value": 7, "scale": "1-5"}}),
        ({"rating": {"value": "good", "scale": "x"}}, {"/rating": {"value": "good", "scale": "x"}}),
        ({"postcode": "!"}, {"/postcode": None}),
        ({"organisations": ["ods:RX6", "the hospital"]}, {"/organisations/1": "the hospital"}),
        (
            {"themes": [{"code": "nothing_like_it"}, 5]},
            {"/themes/0": {"code": "nothing_like_it"}, "/themes/1": 5},
        ),
        ({"permissions": {"publish": "maybe"}}, {"/permissions/publish": "maybe"}),
        ({"demographics": {"imd_decile": 11}}, {"/demographics/imd_decile": None}),
        ({"language": "English, mostly"}, {"/language": "English, mostly"}),
        ({"footprint": "ods:QHM", "postcode": "NE1 4LP"}, {"/postcode": None}),
        ({"organisation": "ods:RX7"}, {"/organisation": "ods:RX7"}),
        ({"answers": [{"text": "Good.", "score": "high"}]}, {"/answers/0/score": "high"}),
        ({"answers": [{"score": "high"}]}, {"/answers/0": {"score": "high"}}),
        ({"experienced_on": "9999", "language": 1}, {"/experienced_on": "9999", "/language": 1}),
    ],
)
def test_the_words_come_in_without_what_cannot_be_read(fields: dict[str, Any], left: dict[str, Any]) -> None:
    taken = NewFeedback.model_validate(GOOD | fields)
    assert {each.field: each.given for each in taken.left_out} == left
    assert taken.text == "Kind staff."
    assert all(each.code and each.detail for each in taken.left_out)


@pytest.mark.parametrize(
    ("given_", "field"),
    [
        ({"kind": "rumour", "text": "x", "organisations": ["ods:RX6"]}, "kind"),
        ({"kind": "comment", "text": "x" * 10_001, "organisations": ["ods:RX6"]}, "text"),
        ({"kind": "comment", "answers": [{"text": "x" * 10_001}], "organisations": ["ods:RX6"]}, "answers"),
        ({"kind": "comment", "rating": {"value": 7, "scale": "1-5"}, "organisations": ["ods:RX6"]}, "rating"),
        ({"kind": "comment", "text": "x", "organisations": ["the hospital"]}, "organisations"),
        ({"kind": "comment", "text": "x", "postcode": "!"}, "postcode"),
        (GOOD | {"txet": "y"}, "txet"),
    ],
)
def test_without_words_or_a_place_all_is_refused_by_the_field_that_is_wrong(
    given_: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        NewFeedback.model_validate(given_)
    assert refused.value.errors()[0]["loc"][0] == field


def test_what_is_too_long_to_keep_is_only_named() -> None:
    taken = NewFeedback.model_validate(GOOD | {"proxy_by": "x" * 2000})
    assert [(each.field, each.given) for each in taken.left_out] == [("/proxy_by", None)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(NewFeedback.model_fields)), JSON, max_size=6))
def test_whatever_is_given_is_taken_or_refused(fields: dict[str, Any]) -> None:
    try:
        taken = NewFeedback.model_validate(GOOD | fields)
    except ValidationError:
        return
    assert taken.text or taken.answers or taken.rating
    assert taken.footprint or taken.postcode or taken.organisation or taken.organisations


async def test_a_bad_value_is_left_out_and_shown_to_staff_alone(
    service: ServiceClient,
    partner: ServiceClient,
    trust: ServiceClient,
    client_of: ClientOf,
    trust_id: UUID,
    capsys: pytest.CaptureFixture[str],
) -> None:
    contributor = {"channel": "email", "address": "n/a (Jo, 0191 496 0000)"}
    told = await give_feedback(
        partner, trust_id, experienced_on="when Mr Ada Smith came", contributor=contributor
    )
    assert [each["field"] for each in told["left_out"]] == ["/contributor/address", "/experienced_on"]
    assert "Ada" not in json.dumps(told) + capsys.readouterr().err
    path = f"/v1/feedback/{told['id']}"
    inside = (await trust.get(path)).json()
    assert inside["left_out"] == told["left_out"]
    identifier = client_of(trust_id, "feedback:read", "feedback:identify")
    named = {"Doorway-Actor": "jd-17; role=moderator"}
    left = (await identifier.get(f"{path}/original", headers=named)).json()["left_out"]
    # A contributor's address is stored sealed, or not at all.
    assert [each["given"] for each in left] == [None, "when Mr Ada Smith came"]
    await moderate_feedback(trust, inside)
    assert (await service.get(path)).json()["left_out"] is None
    other = await give_feedback(partner, trust_id, external_id="l1", rating={"value": 7, "scale": "1-5"})
    await give_feedback(partner, trust_id, external_id="l1", text="Worse.")
    revisions = (await trust.get(f"/v1/feedback/{other['id']}/revisions")).json()["items"]
    assert [set(each) for each in revisions[0]["content"]["left_out"]] == [{"field", "code", "detail"}]
