"""Metrics of outbound webhooks."""

from prometheus_client import Counter

delivered = Counter(
    "doorway_webhook_tries_total", "Tries of webhook deliveries by what became of them.", ["outcome"]
)
