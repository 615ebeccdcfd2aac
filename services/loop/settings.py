"""Settings of the loop service."""

from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """What the loop service needs to know."""

    model_config = SettingsConfigDict(env_prefix="LOOP_", frozen=True, extra="ignore")
