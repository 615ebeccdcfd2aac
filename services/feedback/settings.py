"""Settings of the feedback service."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """What the feedback service needs to know."""

    model_config = SettingsConfigDict(env_prefix="FEEDBACK_", frozen=True, extra="ignore")

    reply_key: str = Field(description="32 bytes in base64: reply codes and pseudonyms are derived from it.")
    contributor_public_key: str = Field(
        description="X25519 public key, PEM or 32 bytes in base64: who said it is sealed to it with HPKE."
    )
    registry_url: str = Field(description="Where the registry answers which footprint a postcode is in.")
    token_private_key: str = Field(description="Ed25519 key, PEM: signs the tokens for the registry.")
    lookup_seconds: float = Field(2.0, description="How long the registry may take to resolve a postcode.")
    arrival_seconds: float = Field(
        2.0, description="How long a body that is not here yet is awaited before the answer is not_here_yet."
    )
