"""BodyCache is short and bounded."""

import pytest

from services.feedback.bodies.cache import BodyCache
from shared.ids import new_id


def test_what_is_remembered_is_recalled_by_kind() -> None:
    memory, body = BodyCache(), new_id()
    assert memory.remember("organisation", "ods:RX6", body) == body
    assert memory.recall("organisation", "ods:RX6") == body
    assert memory.recall("footprint", "ods:RX6") is None


def test_memory_fades(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BodyCache, "SECONDS", 0)
    memory = BodyCache()
    memory.remember("organisation", "ods:RX6", new_id())
    assert memory.recall("organisation", "ods:RX6") is None


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BodyCache, "ENTRIES_MAX", 2)
    memory = BodyCache()
    for ref in ("one", "two", "three"):
        memory.remember("footprint", ref, new_id())
    assert list(memory.entries) == [("footprint", "three")]
