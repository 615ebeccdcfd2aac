"""What an event looks like outside."""

import json

import pytest

from services.gateway.webhooks.payloads import ADDRESSES, webhook_bodies
from shared.events import Envelope, catalogue
from shared.events.feedback import SourcePayloadQuarantined
from shared.ids import new_id
from tests.gateway.webhooks.hooks import feedback_published

ORGANISATION = new_id()


@pytest.fixture
def envelope() -> Envelope:
    """An envelope as the consumer gets it."""
    event = feedback_published(ORGANISATION, footprint_id=new_id())
    return Envelope.wrap(event, 7, traceparent=f"00-{'1' * 32}-{'2' * 16}-01")


def test_a_body_is_a_cloud_event_without_what_is_ours(envelope: Envelope) -> None:
    for body in webhook_bodies(envelope):
        told = json.loads(body)
        assert list(told) == [
            "specversion",
            "id",
            "source",
            "type",
            "subject",
            "time",
            "datacontenttype",
            "sequence",
            "data",
        ]
        assert told["specversion"] == "1.0"
        assert told["source"] == "/feedback"
        assert told["sequence"] == "000000000007"
        assert told["time"].endswith("Z")
        assert told["subject"] == told["data"]["feedback_id"]


def test_thin_is_ids_links_and_state(envelope: Envelope) -> None:
    data = json.loads(webhook_bodies(envelope)[0])["data"]
    feedback, footprint = envelope.data["feedback_id"], envelope.data["footprint_id"]
    assert data == {
        "organisations": [str(ORGANISATION)],
        "footprints": [],
        "feedback_id": feedback,
        "state": "published",
        "previous_state": "received",
        "footprint_id": footprint,
        "source_id": None,
        "withdrawn_by_id": None,
        "erased_by_id": None,
        "links": {"footprint": f"/v1/footprints/{footprint}", "feedback": f"/v1/feedback/{feedback}"},
    }


def test_full_is_all_but_what_is_kept_inside(envelope: Envelope) -> None:
    data = json.loads(webhook_bodies(envelope)[1])["data"]
    assert data["kind"] == "comment"
    assert "reply_ref" not in data
    assert data.keys() == (envelope.data.keys() - catalogue()[envelope.type].kept_inside) | {"links"}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("feedback_id", "/v1/feedback/"),
        ("footprint_id", "/v1/footprints/"),
        ("organisation_id", "/v1/organisations/"),
        ("source_id", "/v1/sources/"),
        ("loop_id", "/v1/loops/"),
        ("endpoint_id", "/v1/webhooks/endpoints/"),
    ],
)
def test_every_link_leads_to_a_path_of_the_gateway(name: str, path: str) -> None:
    assert ADDRESSES[name] == path


def test_parts_of_a_thing_and_signed_routes_are_no_links() -> None:
    assert not {"received_id", "hook_id", "ref"} & ADDRESSES.keys()


def test_null_ids_have_no_link() -> None:
    source, received = new_id(), new_id()
    event = SourcePayloadQuarantined(
        source_id=source, received_id=received, error_class="missing", field=None
    )
    data = json.loads(webhook_bodies(Envelope.wrap(event, 1))[0])["data"]
    assert data["links"] == {"source": f"/v1/sources/{source}"}
