"""Metrics: what is counted, by route template and never by value."""

from prometheus_client import REGISTRY

from shared import metrics


def requests_by(route, status):
    """How many requests were counted under a route's template."""
    labels = {"service": "loop", "method": "GET", "route": route, "status": str(status)}
    return REGISTRY.get_sample_value("doorway_request_seconds_count", labels) or 0


async def test_requests_are_counted_by_the_template_of_their_route(anybody):
    before = requests_by("/things", 422), requests_by("unmatched", 404)
    await anybody.get("/things?limit=0&postcode=NE1+4LP")
    await anybody.get("/nothing/NE14LP")
    assert (requests_by("/things", 422), requests_by("unmatched", 404)) == (before[0] + 1, before[1] + 1)
    exposed = (await anybody.get("/metrics")).text
    assert 'route="/things"' in exposed
    assert "NE1" not in exposed


def test_labels_are_names_of_kinds():
    families = (metrics.requests, metrics.published, metrics.backlog_age, metrics.consumed)
    labels = {name for family in families for name in family._labelnames}
    assert labels == {"service", "method", "route", "status", "type", "outcome"}
