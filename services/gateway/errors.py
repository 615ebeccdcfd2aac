"""What the gateway refuses, and what can go wrong between it and a service."""

from shared.errors import Conflict, Forbidden, Invalid, Problem, Unauthorised, Unavailable


class KeyUnknown(Unauthorised):
    """We do not know this key, or it was revoked. Send `Authorization: Bearer dw_<id>_<secret>`."""

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


class OperatorsClient(Forbidden):
    """This is a client of Doorway's operator. Only such a client makes a key for it: ask the operator."""


class TwoKeysLive(Conflict):
    """This client already has two live keys. Revoke one first."""


class ServiceUnavailable(Unavailable):
    """The service that answers this is not available. Try again shortly, with the same `Idempotency-Key`."""


class UpstreamTimeout(Problem):
    """The service that answers this took too long. Try again, with the same `Idempotency-Key`."""

    status = 504


class AddressRefused(Invalid):
    """We do not send webhooks to this address. `errors` says what is wrong with it."""


class UnknownEventType(Invalid):
    """There is no such event. `GET /v1/webhooks/event-types` lists those that you can receive."""


class SinceInFuture(Invalid):
    """A replay must start in the past. Give an earlier `since`."""


class NothingToPush(Conflict):
    """This endpoint has no address: you pull its events. Read them with `GET …/events?after=0`."""


class EndpointDisabled(Conflict):
    """This endpoint is disabled and we hold its deliveries. Enable it with `PATCH`, then we send them."""


class EndpointGone(Conflict):
    """We cannot send this delivery again, because its endpoint was deleted."""


class TooManyEndpoints(Conflict):
    """Your organisation has 100 endpoints, which is the limit. Delete one that you no longer use."""
