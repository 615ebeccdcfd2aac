"""What can be wrong with outbound webhooks."""

from shared.errors import Conflict, Invalid


class AddressRefused(Invalid):
    """Webhooks are not sent to that address: `errors` says what is wrong with it."""


class UnknownEventType(Invalid):
    """There is no such event to be told of: `GET /v1/webhooks/event-types` lists them."""


class SinceInFuture(Invalid):
    """Replay starts at an instant that has passed: give an earlier `since`."""


class NothingToPush(Conflict):
    """This endpoint has no address and is pulled from: read on with `GET …/events?after=0`."""


class EndpointDisabled(Conflict):
    """This endpoint is disabled and its deliveries are held: enable it with PATCH and they are sent."""


class EndpointGone(Conflict):
    """The endpoint of this delivery was deleted, so it cannot be sent again."""


class TooManyEndpoints(Conflict):
    """Your organisation has as many endpoints as it may have: delete one that is no longer used."""
