"""Shapes: HMAC settings that rely on something unsigned, or on nothing, are refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.feedback.sources.received_schemas import Replay
from services.feedback.sources.schemas import MappingRules, NewSource
from services.feedback.sources.scheme_schemas import HmacSettings
from shared.clock import now
from shared.ids import new_id


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"signed": "{timestamp}"}, "contain {body} once"),
        ({"signed": "{body}{body}"}, "contain {body} once"),
        ({"timestamp_header": "X-Time"}, "sign {timestamp}, or do neither"),
        ({"signed": "{timestamp}.{body}"}, "sign {timestamp}, or do neither"),
        ({"signed": "{id}.{body}"}, "needs message_id_header"),
        ({"signed": "{nonce}.{body}"}, "cannot contain {nonce}"),
        ({"message_id_header": "X-Id", "message_id_expression": "id"}, "not both"),
        ({"header": "Content-Length"}, "has another use"),
        ({"header": "X Signature"}, "pattern"),
        ({"tolerance_seconds": 9}, "greater than or equal to 10"),
    ],
)
def test_hmac_settings_that_do_not_hold_are_refused(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        HmacSettings.model_validate({"header": "X-Signature"} | fields)
    assert says in str(refused.value)


def test_hmac_goes_with_its_scheme() -> None:
    with pytest.raises(ValidationError, match="only with it"):
        NewSource.model_validate({"name": "x", "scheme": "hmac-sha256"})


@pytest.mark.parametrize("path", ["Text", "a.b.c.d", "a..b", "a[0]", ""])
def test_a_field_is_named_as_feedback_names_it(path: str) -> None:
    with pytest.raises(ValidationError):
        MappingRules.model_validate({"fields": {path: "x"}})


def test_a_replay_names_payloads_in_one_way() -> None:
    assert Replay.model_validate({"all": True}).received_ids is None
    for wanted in ({"all": True, "received_ids": [new_id()]}, {"all": True, "since": now()}, {}):
        with pytest.raises(ValidationError, match="give received_ids, or all: true"):
            Replay.model_validate(wanted)
