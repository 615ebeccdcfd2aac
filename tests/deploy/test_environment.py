"""The settings of services: each process gets its own and no other's."""

from pathlib import Path

import pytest

from deploy.environment import (
    Addresses,
    environment,
    fields_of,
    read_settings,
    settings_of_api,
    settings_of_service,
    with_files,
    write_settings,
)
from deploy.keys import SERVICES

ADDRESSES = Addresses(
    "postgresql://postgres:x@127.0.0.1:5432/postgres",
    "nats://127.0.0.1:4222",
    {
        "registry": 1,
        "feedback": 2,
        "loop": 3,
        "gateway": 4,
    },
)


@pytest.fixture
def settings(secrets: Path) -> dict[str, str]:
    """The settings of all services."""
    return environment(secrets, ADDRESSES)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_sees_its_own_settings_and_not_its_databases_owner(
    settings: dict[str, str], service: str
) -> None:
    own = settings_of_service(service, settings)
    assert all(name.startswith(f"{service.upper()}_") for name in own)
    assert not any("owner" in value for value in own.values())
    assert f"{service.upper()}_DATABASE_URL" in own


def test_only_feedbacks_worker_can_read_who_said_it(settings: dict[str, str]) -> None:
    kept = {"FEEDBACK_TELLER_DATABASE_URL", "FEEDBACK_CONTRIBUTOR_PRIVATE_KEY_FILE"}
    assert kept <= settings_of_service("feedback", settings).keys()
    assert not kept & settings_of_api("feedback", settings).keys()
    assert settings_of_api("loop", settings) == settings_of_service("loop", settings)


def test_the_gateway_knows_where_the_others_are(settings: dict[str, str]) -> None:
    assert settings["GATEWAY_REGISTRY_URL"] == settings["FEEDBACK_REGISTRY_URL"] == "http://127.0.0.1:1"
    assert settings["GATEWAY_LOOP_URL"] == "http://127.0.0.1:3"


def test_fields_have_the_contents_of_the_files_that_settings_name(
    settings: dict[str, str], secrets: Path
) -> None:
    fields = fields_of("gateway", settings)
    assert fields["seal_key"] == (secrets / "gateway_seal_key").read_text()
    assert fields["allowed_networks"] == ["127.0.0.0/8"]
    assert not any(name.endswith("_file") for name in fields)


def test_settings_are_read_as_they_were_written(settings: dict[str, str], tmp_path: Path) -> None:
    write_settings(tmp_path / "settings.env", settings)
    assert read_settings(tmp_path / "settings.env") == settings
    assert read_settings(tmp_path / "other.env") == {}


def test_addresses_in_files_are_known_under_their_own_names(tmp_path: Path) -> None:
    (tmp_path / "database_url").write_text("postgresql://loop:x@postgres/loop\n")
    named = {"LOOP_DATABASE_URL_FILE": str(tmp_path / "database_url"), "LOOP_SEAL_KEY_FILE": "/run/seal_key"}
    found = with_files({**named, "LOOP_NATS_URL": "nats://here", "LOOP_NATS_URL_FILE": "/nowhere"})
    assert found["LOOP_DATABASE_URL"] == "postgresql://loop:x@postgres/loop"
    assert found["LOOP_NATS_URL"] == "nats://here"
    assert "LOOP_SEAL_KEY" not in found
