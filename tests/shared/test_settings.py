"""Settings come from the environment or from files that it names, and do not change."""

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_settings import SettingsConfigDict

from shared.settings import PublicUrl, ServiceSettings


class Settings(ServiceSettings):
    """Settings of a service that is only a test."""

    model_config = SettingsConfigDict(env_prefix="PROBE_", frozen=True)


@pytest.fixture
def environment(monkeypatch):
    for name in ("DATABASE_URL", "NATS_URL", "SEAL_KEY"):
        monkeypatch.setenv(f"PROBE_{name}", f"of the environment: {name}")
    return monkeypatch


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("https://doorway.example/", "https://doorway.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://nhs.example/doorway", "https://nhs.example/doorway"),
        ("", ""),
    ],
)
def test_a_public_address_has_paths_put_behind_it(given, read):
    assert TypeAdapter(PublicUrl).validate_python(given) == read


@pytest.mark.parametrize(
    "given",
    ["doorway.example", "ftp://doorway.example", "https://", "https://jo:secret@doorway.example"]
    + [f"https://doorway.example{end}" for end in ("/?a=1", "#part", "/a b")],
)
def test_what_paths_cannot_be_put_behind_is_no_public_address(given):
    with pytest.raises(ValidationError, match="must be an address such as"):
        TypeAdapter(PublicUrl).validate_python(given)


def test_a_secret_may_come_as_a_file(environment, tmp_path):
    (tmp_path / "key").write_text("from a file\n")
    environment.delenv("PROBE_SEAL_KEY")
    environment.setenv("PROBE_SEAL_KEY_FILE", str(tmp_path / "key"))
    assert Settings().seal_key == "from a file"


def test_the_environment_wins_over_a_file(environment, tmp_path):
    (tmp_path / "key").write_text("from a file")
    environment.setenv("PROBE_SEAL_KEY_FILE", str(tmp_path / "key"))
    assert Settings().seal_key == "of the environment: SEAL_KEY"


def test_a_missing_setting_is_named(environment):
    environment.delenv("PROBE_NATS_URL")
    with pytest.raises(ValidationError, match="nats_url"):
        Settings()


def test_settings_do_not_change(environment):
    with pytest.raises(ValidationError, match="frozen"):
        Settings().pool_size = 9  # type: ignore[misc] # that it is refused is the point
