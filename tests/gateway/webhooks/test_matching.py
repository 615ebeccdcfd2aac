"""Who may see an event, and who wants to."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.gateway.webhooks import matching
from services.gateway.webhooks.domain import notify_endpoints
from services.gateway.webhooks.matching import recorded_at
from services.gateway.webhooks.models import Endpoint
from services.gateway.webhooks.payloads import webhook_bodies
from shared.clock import now
from shared.events import Envelope, Event
from shared.events.gateway import EndpointTested
from shared.events.loop import LoopDrafted
from shared.events.registry import OrganisationChanged
from shared.ids import new_id
from tests.gateway.webhooks.hooks import Hooks, feedback_published

OURS, THEIRS, FOOTPRINT = new_id(), new_id(), new_id()


def public() -> Event:
    """An event that everybody may see."""
    return OrganisationChanged(
        organisation_id=THEIRS,
        name="A trust",
        kind="trust",
        ods=None,
        ons=None,
        valid_from=None,
        valid_to=None,
        footprint_id=None,
        organisations=(THEIRS,),
    )


def internal() -> Event:
    """An event that nobody outside may see, not even whom it concerns."""
    return LoopDrafted(
        loop_id=new_id(),
        state="draft",
        organisation_id=OURS,
        footprint_id=None,
        feedback_ids=(),
        organisations=(OURS,),
    )


async def endpoint_with(hooks: Hooks, organisation_id: UUID = OURS, **fields: Any) -> Endpoint:
    """Make an endpoint with these fields."""
    endpoint, _ = await hooks.endpoint("http://127.0.0.1:9/", organisation_id, **fields)
    return endpoint


async def test_an_organisations_event_is_told_to_it_alone(hooks: Hooks) -> None:
    ours, theirs = await endpoint_with(hooks), await endpoint_with(hooks, THEIRS)
    await hooks.tell(feedback_published(OURS))
    assert (len(await hooks.deliveries(ours)), len(await hooks.deliveries(theirs))) == (1, 0)
    await hooks.tell(feedback_published(OURS, THEIRS))
    assert (len(await hooks.deliveries(ours)), len(await hooks.deliveries(theirs))) == (2, 1)
    await hooks.tell(feedback_published())
    assert (len(await hooks.deliveries(ours)), len(await hooks.deliveries(theirs))) == (2, 1)


async def test_who_sent_feedback_is_told_of_it_and_nobody_sees_who_that_is(hooks: Hooks) -> None:
    ours, theirs = (
        await endpoint_with(hooks, payload="full"),
        await endpoint_with(hooks, THEIRS, payload="full"),
    )
    await hooks.tell(feedback_published(THEIRS, sender_id=OURS))
    told = [*await hooks.deliveries(ours), *await hooks.deliveries(theirs)]
    assert len(told) == 2
    assert not any(str(OURS) in each.body for each in told)
    await hooks.tell(feedback_published(FOOTPRINT, sender_id=OURS))
    assert (len(await hooks.deliveries(ours)), len(await hooks.deliveries(theirs))) == (2, 1)


async def test_a_sender_that_it_is_about_is_told_once(hooks: Hooks) -> None:
    ours = await endpoint_with(hooks)
    await hooks.tell(feedback_published(OURS, sender_id=OURS))
    assert len(await hooks.deliveries(ours)) == 1


async def test_a_sender_is_told_only_what_its_filter_wants(hooks: Hooks) -> None:
    endpoint = await endpoint_with(hooks, filters={"organisations": [OURS]})
    await hooks.tell(feedback_published(THEIRS, sender_id=OURS))
    assert not await hooks.deliveries(endpoint)


async def test_a_public_event_is_told_to_all_and_an_internal_one_to_nobody(hooks: Hooks) -> None:
    ours, theirs = await endpoint_with(hooks), await endpoint_with(hooks, THEIRS)
    await hooks.tell(public())
    await hooks.tell(internal())
    for endpoint in (ours, theirs):
        assert [each.event_type for each in await hooks.deliveries(endpoint)] == [OrganisationChanged.type]


async def test_no_bodies_are_made_of_what_nobody_may_see(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[UUID] = []

    def note_bodies(envelope: Envelope) -> tuple[str, str]:
        made.append(envelope.id)
        return webhook_bodies(envelope)

    monkeypatch.setattr(matching, "webhook_bodies", note_bodies)
    theirs = await endpoint_with(hooks, THEIRS)
    await hooks.tell(feedback_published(OURS))
    assert made == []
    told = [await hooks.tell(feedback_published(OURS, THEIRS)), await hooks.tell(public())]
    assert made == [each.id for each in told]
    assert [each.event_id for each in await hooks.deliveries(theirs)] == made


async def test_an_audience_that_lies_about_its_class_is_not_believed(hooks: Hooks) -> None:
    ours = await endpoint_with(hooks)
    await hooks.tell(
        internal(), envelope=Envelope.wrap(internal(), 1).model_copy(update={"audience": "public"})
    )
    assert not await hooks.deliveries(ours)


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, True),
        ({"event_types": ["feedback.published.v1"]}, True),
        ({"event_types": ["feedback.received.v1"]}, False),
        ({"filters": {"footprints": [FOOTPRINT]}}, True),
        ({"filters": {"footprints": [OURS]}}, False),
        ({"filters": {"organisations": [THEIRS, OURS]}}, True),
        ({"filters": {"organisations": [THEIRS]}}, False),
        ({"filters": {"themes": ["waiting", "access.cost"]}}, True),
        ({"filters": {"themes": ["waiting"]}}, False),
        ({"filters": {"footprints": [FOOTPRINT], "themes": ["waiting"]}}, False),
        ({"filters": {"footprints": [FOOTPRINT], "themes": ["access.cost"]}}, True),
    ],
)
async def test_every_filter_has_to_fit(hooks: Hooks, fields: dict[str, Any], wanted: bool) -> None:
    endpoint = await endpoint_with(hooks, **fields)
    await hooks.tell(feedback_published(OURS, footprints=(FOOTPRINT,), themes=("access.cost",)))
    assert len(await hooks.deliveries(endpoint)) == wanted


async def test_a_filter_opens_nothing_that_may_not_be_seen(hooks: Hooks) -> None:
    endpoint = await endpoint_with(hooks, filters={"organisations": [THEIRS]})
    await hooks.tell(feedback_published(THEIRS))
    assert not await hooks.deliveries(endpoint)


async def test_an_event_is_delivered_once_however_often_it_comes(hooks: Hooks) -> None:
    endpoint = await endpoint_with(hooks)
    envelope = await hooks.tell(feedback_published(OURS))
    await hooks.tell(feedback_published(OURS), envelope=envelope)
    assert len(await hooks.deliveries(endpoint)) == 1


async def test_nothing_from_before_the_endpoint(hooks: Hooks) -> None:
    earlier = Envelope.wrap(feedback_published(OURS), 1)
    endpoint = await endpoint_with(hooks)
    await hooks.execute("UPDATE webhook_endpoint SET created_at = :at", at=now() + timedelta(seconds=1))
    await hooks.tell(feedback_published(OURS), envelope=earlier)
    assert not await hooks.deliveries(endpoint)


async def test_what_happened_long_ago_but_is_recorded_now_is_told(hooks: Hooks) -> None:
    endpoint = await endpoint_with(hooks)
    imported = Envelope.wrap(feedback_published(OURS), 1, at=now() - timedelta(days=400))
    await hooks.tell(feedback_published(OURS), envelope=imported)
    assert len(await hooks.deliveries(endpoint)) == 1


def test_the_instant_of_recording_is_read_from_the_id() -> None:
    before = now() - timedelta(milliseconds=1)
    assert before < recorded_at(new_id(), now() - timedelta(days=1)) <= now()
    time = now()
    assert recorded_at(uuid4(), time) == time


async def test_a_test_is_for_one_endpoint_alone_whatever_its_filters(hooks: Hooks) -> None:
    tested = await endpoint_with(hooks, event_types=["feedback.received.v1"])
    other = await endpoint_with(hooks)
    await hooks.tell(EndpointTested(endpoint_id=tested.id, organisations=(OURS,)))
    assert [each.event_type for each in await hooks.deliveries(tested)] == [EndpointTested.type]
    assert not await hooks.deliveries(other)


async def test_thin_and_full_are_as_the_endpoint_wants(hooks: Hooks) -> None:
    thin, full = await endpoint_with(hooks), await endpoint_with(hooks, payload="full")
    await hooks.tell(feedback_published(OURS))
    assert '"kind":' not in (await hooks.deliveries(thin))[0].body
    [delivery] = await hooks.deliveries(full)
    assert '"kind":"comment"' in delivery.body
    assert "not to be told" not in delivery.body


async def test_a_deleted_endpoint_is_told_nothing(hooks: Hooks) -> None:
    endpoint = await endpoint_with(hooks)
    await hooks.execute("UPDATE webhook_endpoint SET deleted_at = now()")
    await hooks.tell(feedback_published(OURS))
    assert not await hooks.deliveries(endpoint)


async def test_many_events_are_told_in_their_order_each_to_whom_it_is_for(hooks: Hooks) -> None:
    ours, theirs = await endpoint_with(hooks), await endpoint_with(hooks, THEIRS)
    events = [feedback_published(body) for body in (OURS, THEIRS, OURS, OURS)]
    envelopes = [Envelope.wrap(event, 1) for event in [*events, internal(), public()]]
    async with hooks.sessions.begin() as session:
        await notify_endpoints(session, envelopes)
    told = [[each.event_id for each in await hooks.deliveries(one)] for one in (ours, theirs)]
    assert told == [[envelopes[place].id for place in places] for places in ((0, 2, 3, 5), (1, 5))]
