"""Every setting is explained, and is read with its service's prefix."""

import pytest

from deploy.settings_page import settings_of
from tests.repository.tree import SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_has_a_sentence(service: str) -> None:
    fields = settings_of(service).model_fields
    assert [name for name, field in fields.items() if not (field.description or "").endswith(".")] == []


@pytest.mark.parametrize("service", SERVICES)
def test_settings_cannot_change_and_have_their_services_prefix(service: str) -> None:
    config = settings_of(service).model_config
    assert config.get("frozen")
    assert config.get("env_prefix") == f"{service.upper()}_"
