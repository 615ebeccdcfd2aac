"""Metrics: what is counted, by route template and never by value."""

import httpx2
import pytest
from prometheus_client import REGISTRY, generate_latest

from deploy.local.ports import choose_free_port
from shared import metrics
from shared.settings import ServiceSettings


def requests_by(route, status):
    """How many requests were counted under a route's template."""
    labels = {"service": "loop", "method": "GET", "route": route, "status": str(status)}
    return REGISTRY.get_sample_value("doorway_request_seconds_count", labels) or 0


async def test_requests_are_counted_by_the_template_of_their_route(anybody):
    before = requests_by("/things", 422), requests_by("unmatched", 404)
    await anybody.get("/things?limit=0&postcode=NE1+4LP")
    await anybody.get("/nothing/NE14LP")
    assert (requests_by("/things", 422), requests_by("unmatched", 404)) == (before[0] + 1, before[1] + 1)
    told = generate_latest().decode()
    assert 'route="/things"' in told
    assert "NE1" not in told


async def test_metrics_are_on_a_port_of_their_own_while_the_process_runs(service_settings):
    port = choose_free_port([])
    settings = ServiceSettings(**service_settings("loop", metrics_port=port))
    url = f"http://127.0.0.1:{port}/metrics"
    async with httpx2.AsyncClient() as client:
        with metrics.exposed(settings):
            answer = await client.get(url)
            assert "doorway_request_seconds" in answer.text
            assert answer.headers["content-type"].startswith("text/plain")
        with pytest.raises(httpx2.ConnectError):
            await client.get(url)
        with metrics.exposed(ServiceSettings(**service_settings("loop"))), pytest.raises(httpx2.ConnectError):
            await client.get(url)


def test_labels_are_names_of_kinds():
    families = (metrics.requests, metrics.published, metrics.backlog_age, metrics.consumed)
    labels = {name for family in families for name in family._labelnames}
    assert labels == {"service", "method", "route", "status", "type", "outcome"}
