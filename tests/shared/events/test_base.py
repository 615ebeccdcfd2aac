"""The envelope is a CloudEvent; the class is the catalogue."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from shared.events import Envelope, catalogue
from shared.events.base import write_envelope
from shared.events.loop import LoopDrafted
from shared.ids import new_id


def a_draft():
    return LoopDrafted(
        loop_id=new_id(), state="draft", organisation_id=None, footprint_id=None, feedback_ids=(new_id(),)
    )


def test_an_event_comes_back_as_it_went():
    event = a_draft()
    read = Envelope.wrap(event, 7)
    assert read.event() == event
    assert read.number == 7


def test_the_body_has_the_attributes_of_cloudevents():
    event = a_draft()
    body = json.loads(write_envelope(event, 1)[1])
    assert body["specversion"] == "1.0"
    assert (body["source"], body["type"]) == ("/loop", "loop.drafted.v1")
    assert body["subject"] == str(event.loop_id)
    assert body["sequence"] == "000000000001"
    assert body["time"].endswith("Z")


def test_the_subject_at_the_broker_starts_with_the_service():
    event = a_draft()
    assert Envelope.wrap(event, 1).nats_subject == f"loop.drafted.v1.{event.loop_id}"


def test_a_type_that_nobody_knows_is_noticed():
    envelope = Envelope.wrap(a_draft(), 1).model_copy(update={"type": "loop.invented.v1"})
    with pytest.raises(KeyError):
        envelope.event()


def test_a_payload_without_its_fields_is_not_valid():
    envelope = Envelope.wrap(a_draft(), 1).model_copy(update={"data": {}})
    with pytest.raises(ValidationError):
        envelope.event()


@pytest.mark.parametrize("trace", [None, f"00-{'1' * 32}-{'2' * 16}-01"])
@pytest.mark.parametrize("hour", [UTC, timezone(timedelta(hours=1))])
def test_what_is_written_is_what_the_shape_of_an_envelope_writes(trace, hour):
    at = datetime(2026, 7, 1, 12, 30, tzinfo=hour)
    id_, written = write_envelope(a_draft(), 12, at, trace)
    read = Envelope.model_validate_json(written)
    assert (read.id, read.time) == (id_, at)
    assert written == read.model_dump_json(exclude_none=True)


@pytest.mark.parametrize("event", catalogue().values(), ids=lambda event: event.__name__)
def test_every_event_names_its_aggregate(event):
    assert event.aggregate in event.model_fields
    assert event.type.rpartition(".")[2].startswith("v")
