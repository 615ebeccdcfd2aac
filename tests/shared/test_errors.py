"""One shape for every error; the class name is the public code."""

import pytest

from shared.errors import NotHereYet, Problem, ScopeMissing, Unavailable, invalid


def test_the_class_name_in_snake_case_is_the_code():
    assert ScopeMissing.code == "scope_missing"
    assert Problem.catalogue["scope_missing"] is ScopeMissing


def test_the_docstring_is_the_detail_unless_one_is_given():
    assert ScopeMissing().detail == ScopeMissing.sentence()
    assert ScopeMissing("say why").detail == "say why"


def test_the_body_has_the_fields_of_rfc_9457_and_ours():
    body = invalid("/consent/publish", "has to be yes or no").body("urn:x", "req-1")
    assert body["status"] == 422
    assert body["type"] == "/docs/errors#invalid"
    assert body["errors"] == [{"pointer": "/consent/publish", "detail": "has to be yes or no"}]
    assert (body["instance"], body["request_id"], body["code"]) == ("urn:x", "req-1", "invalid")


@pytest.mark.parametrize("problem", [NotHereYet, Unavailable])
def test_what_may_pass_by_itself_says_when_to_try_again(problem):
    assert problem().headers == {"Retry-After": "1"}
