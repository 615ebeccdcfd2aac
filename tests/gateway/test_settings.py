import pytest
from pydantic import ValidationError

from services.gateway.settings import Settings
from tests.fixtures.databases import ServiceSettings


@pytest.mark.parametrize("given", ["10.0.0.0/8, 192.0.2.0/24", '["10.0.0.0/8", "192.0.2.0/24"]'])
def test_networks_are_a_list_in_either_form(
    service_settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    assert list(map(str, Settings(**service_settings("gateway", trusted_proxies=given)).trusted_proxies)) == [
        "10.0.0.0/8",
        "192.0.2.0/24",
    ]
    monkeypatch.setenv("GATEWAY_CORS_ORIGINS", given)
    assert Settings(**service_settings("gateway")).cors_origins == ("10.0.0.0/8", "192.0.2.0/24")


def test_nobody_is_trusted_by_default(service_settings: ServiceSettings) -> None:
    fields = service_settings("gateway")
    fields.pop("trusted_proxies", None)
    settings = Settings(**fields)
    assert (settings.trusted_proxies, settings.cors_origins) == ((), ())


def test_a_network_that_is_none_is_refused(service_settings: ServiceSettings) -> None:
    with pytest.raises(ValidationError, match="trusted_proxies"):
        Settings(**service_settings("gateway", trusted_proxies="10.0.0.0/99"))


def test_every_setting_has_a_sentence() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name
