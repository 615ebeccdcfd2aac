"""The settings of the gateway."""

import json
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, create_model
from pydantic_settings import NoDecode, SettingsConfigDict

from shared.manifest import manifests, services_called_by
from shared.settings import ServiceSettings


def split_list(given: object) -> object:
    """The parts of a JSON list or of a list separated by commas; anything else as it is."""
    if not isinstance(given, str):
        return given
    if given.lstrip().startswith("["):
        return json.loads(given)
    return [part.strip() for part in given.split(",") if part.strip()]


WINDOW_SECONDS = 60  # limits count requests in windows of a minute
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(split_list)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_list)]


class GatewaySettings(ServiceSettings):
    """The gateway's settings: `GATEWAY_<FIELD>`, or a file named by `GATEWAY_<FIELD>_FILE`."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", frozen=True, extra="ignore")

    token_private_key: str = Field(description="PEM of the Ed25519 key that signs the services' tokens.")
    token_key_id: str = Field("gateway-1", description="The `kid` of that key in the services' key sets.")

    upstream_connect_seconds: float = Field(
        2.0, description="Seconds that a service may take to accept a connection."
    )
    upstream_seconds: float = Field(
        30.0, description="Seconds that a service may be silent within an answer."
    )
    upstream_connections: int = Field(200, description="How many connections one process keeps to services.")
    upstream_streams: int = Field(
        10, description="How many bodies over 64 KiB one address may send at a time."
    )

    keys_checked_seconds: float = Field(
        0.5, description="Seconds between two comparisons of the keys in memory with the database."
    )
    keys_stale_seconds: float = Field(
        30.0, description="Seconds that keys in memory stay valid while the database is away."
    )

    client_limit: int = Field(600, description="How many requests a client may make in a minute.")
    address_limit: int = Field(
        300, description="How many requests without a key an address may make in a minute."
    )
    trusted_proxies: Networks = Field(
        (), description="Networks of the proxies whose `X-Forwarded-For` we trust, separated by commas."
    )
    cors_origins: Names = Field(
        (), description="Web origins whose scripts may call the API, separated by commas; none by default."
    )
    allowed_networks: Networks = Field(
        (), description="Further networks that webhooks may be sent to, separated by commas."
    )
    webhook_timeout_seconds: float = Field(
        15.0, description="Seconds that a subscriber may take to answer a webhook."
    )
    webhook_lease_seconds: float = Field(
        30.0,
        description="Seconds that a worker has to record a webhook, before the webhook is sent again.",
    )
    webhook_kept_days: int = Field(
        90,
        description="How many days deliveries are kept, with their attempts, also those held or not pulled.",
    )
    webhook_in_flight: int = Field(128, description="How many webhooks one worker sends at a time.")
    openapi_path: Path = Field(
        Path(__file__).parents[2] / "deploy" / "openapi.json", description="The joined API document."
    )

    def address_of(self, service: str) -> str:
        """Where a service answers, without a slash at the end."""
        return str(getattr(self, f"{service}_url")).rstrip("/")

    @property
    def route_limits(self) -> dict[str, int]:
        """How many requests in a minute each limit of a service's routes allows one address."""
        return {name: getattr(self, f"{name}_limit") for name in LIMITS}


LIMITS = {name: limit for service in manifests().values() for name, limit in service.limits.items()}
# The manifests name the services and their limits: each is a setting like any other.
NAMED: dict[str, Any] = {
    f"{name}_url": (str, Field(description=f"Where the {name} service answers."))
    for name in services_called_by("gateway")
} | {
    f"{name}_limit": (int, Field(limit.per_minute, description=limit.description))
    for name, limit in LIMITS.items()
}
Settings = create_model("Settings", __base__=GatewaySettings, **NAMED)
