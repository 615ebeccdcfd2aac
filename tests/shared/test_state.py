"""The parts of a service that runs: each is found by its class, and by what that builds on."""

from dataclasses import dataclass

import pytest
from starlette.requests import Request

from shared.settings import ServiceSettings
from shared.state import ServiceState, part_in, state_from, state_of
from tests.shared.thing import Settings


@dataclass(frozen=True)
class Cache:
    """A part that a service might open."""

    size: int = 1


@dataclass(frozen=True)
class LargeCache(Cache):
    """The same, larger."""


def test_a_part_is_found_by_its_class_and_by_what_that_builds_on():
    part = LargeCache(9)
    request = Request({"type": "http", "state": state_from(part)})
    assert state_of(request, LargeCache) is part
    assert state_of(request, Cache) is part


def test_what_was_not_opened_is_not_found():
    with pytest.raises(KeyError, match="LargeCache"):
        part_in({"state": state_from(Cache())}, LargeCache)


async def test_every_service_has_its_settings_engine_and_sessions(anybody, probe):
    state = anybody.state
    assert isinstance(state, ServiceState)
    assert anybody.part(Settings) is anybody.part(ServiceSettings) is state.settings
    assert state.settings == probe
    assert state.sessions.kw["bind"] is state.engine
