"""What can go wrong between the gateway and a service."""

from shared.errors import Problem, Unavailable


class ServiceUnavailable(Unavailable):
    """The service behind this is away for the moment: try again shortly, with the same Idempotency-Key."""


class UpstreamTimeout(Problem):
    """The service behind this took too long to answer: try again, with the same Idempotency-Key."""

    status = 504
