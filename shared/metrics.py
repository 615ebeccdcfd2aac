"""Metrics in the Prometheus text format; labels are route templates and types, never values."""

from prometheus_client import Counter, Gauge, Histogram

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
