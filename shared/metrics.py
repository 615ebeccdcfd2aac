"""Metrics in the Prometheus text format; labels are route templates and types, never values."""

import contextlib
from collections.abc import Iterator
from functools import cache

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from shared.settings import ServiceSettings

requests = Histogram(
    "doorway_request_seconds", "How long requests took, in seconds.", ["service", "method", "route", "status"]
)
published = Counter("doorway_outbox_published_total", "Events that the broker acknowledged.", ["service"])
backlog_age = Gauge(
    "doorway_outbox_oldest_seconds", "Age of the oldest event that is not published, in seconds.", ["service"]
)
consumed = Counter(
    "doorway_events_consumed_total", "Events by what became of them.", ["service", "type", "outcome"]
)
late = Gauge(
    "doorway_consumer_late_seconds",
    "How far a consumer is behind, in seconds.",
    ["consumer", "stream"],
)
made_anew = Counter(
    "doorway_made_anew_total",
    "Streams (consumer relay) and consumers that the broker had lost.",
    ["consumer", "stream"],
)
missed = Gauge(
    "doorway_events_missed",
    "1 when a consumer came too late for events.",
    ["consumer", "stream"],
)
refused = Gauge("doorway_broker_refuses", "1 while the broker stores no events.", ["service"])
dead_letters = Gauge("doorway_dead_letters", "Events that were set aside.", ["service"])


@cache
def requests_like(service: str, method: str, route: str, status: int) -> Histogram:
    """The histogram of requests that are alike in this: to find it again would cost as much as to count."""
    return requests.labels(service, method, route, status)


@contextlib.contextmanager
def exposed(settings: ServiceSettings) -> Iterator[None]:
    """Answer Prometheus while the block runs, on a port of its own that nobody outside can reach."""
    if not settings.metrics_port:
        yield
        return
    server, thread = start_http_server(settings.metrics_port, settings.metrics_host)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
