"""What the registry can be told from outside."""

from pathlib import Path

import pytest

from services.registry.settings import Settings


def test_the_data_that_ships_is_the_default() -> None:
    folder = Settings(database_url="postgresql://x", nats_url="nats://x", seal_key="x").data_path
    assert (folder / "postcode_lookup.csv.gz").exists()


def test_another_folder_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REGISTRY_DATA_PATH", str(tmp_path))
    settings = Settings(database_url="postgresql://x", nats_url="nats://x", seal_key="x")
    assert settings.data_path == tmp_path
