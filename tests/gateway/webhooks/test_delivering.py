"""The delivery worker, against real subscribers."""

from tests.gateway.webhooks.hooks import Hooks, published
from tests.gateway.webhooks.subscribers import Subscriber


async def test_a_webhook_is_signed_and_recorded(hooks: Hooks, subscriber: Subscriber) -> None:
    endpoint, secret = await hooks.endpoint(subscriber.url)
    event = published(endpoint.organisation_id)
    envelope = await hooks.tell(event)
    async with hooks.courier():
        [received] = await subscriber.first(1)
        await hooks.until_states(endpoint, "delivered")
    told = received.verified(secret)
    assert told["id"] == str(envelope.id)
    assert told["data"]["state"] == "published"
    [delivery] = await hooks.deliveries(endpoint)
    assert received.id == str(delivery.id)
    assert received.headers["content-type"] == "application/cloudevents+json"
    [attempt] = await hooks.attempts(delivery)
    assert (attempt.status, attempt.error, attempt.excerpt) == (200, None, None)
    assert (delivery.tries, delivery.next_try_at) == (1, None)
