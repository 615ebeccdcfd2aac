"""Settings: one frozen class a service, read from the environment or from files that it names."""

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import PydanticBaseSettingsSource as Source

# Scheme, host and port, perhaps with a path below which a proxy has us; no name, password, query or fragment.
PUBLIC_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")


def public_url_of(given: str) -> str:
    """An address that paths can be put behind, without a slash at its end; empty where none is given."""
    if given and not PUBLIC_URL.fullmatch(given):
        raise ValueError("must be an address such as https://doorway.example.org")
    return given.rstrip("/")


PublicUrl = Annotated[str, AfterValidator(public_url_of)]


class FilesNamedInTheEnvironment(Source):
    """Reads `<PREFIX><FIELD>_FILE`: secrets come as files, never on a command line."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[object, str, bool]:  # noqa: ARG002 -- the signature is pydantic's
        """The stripped text of the file that the environment names for this field."""
        path = os.environ.get(f"{self.config.get('env_prefix', '')}{field_name}_FILE".upper())
        return (Path(path).read_text().strip() if path else None), field_name, False

    def __call__(self) -> dict[str, object]:
        """The values of all fields that a file is named for."""
        found = {name: self.get_field_value(f, name)[0] for name, f in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


class ServiceSettings(BaseSettings):
    """What every service needs to know."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: str = Field(description="Where the service's own database is, with its role and password.")
    nats_url: str = Field(description="Where the broker is, with the service's own user and password.")
    seal_key: str = Field(description="32 bytes in base64: seals what must be kept but must not be readable.")
    token_public_keys: str = Field(
        '{"keys": []}', description="JWK set of the Ed25519 public keys whose tokens this service accepts."
    )
    body_bytes_max: int = Field(
        1_048_576, description="The largest request body that is read, in bytes; a batch may be larger."
    )
    pool_size: int = Field(10, description="How many database connections one process has at most.")
    nats_replicas: int = Field(1, description="How many brokers keep each stream: 3 in a cluster.")
    nats_ack_seconds: float = Field(
        30.0,
        description="How many seconds the broker waits for an acknowledgement before it redelivers.",
    )
    ready_file: str = Field(
        "", description="A file that the worker touches every few seconds while all is well."
    )
    metrics_port: int = Field(
        0, description="The port on which this process tells Prometheus its metrics, without a key; 0: none."
    )
    metrics_host: str = Field(
        "127.0.0.1", description="The address of that port: never one that the outside can reach."
    )
    log_level: str = Field("info", description="The least severe level that is logged.")

    @classmethod
    def settings_customise_sources(  # type: ignore[override] # of pydantic's five arguments three matter here
        cls, settings_cls: type[BaseSettings], init_settings: Source, env_settings: Source, **_: Source
    ) -> tuple[Source, ...]:
        """Arguments win over the environment, the environment over files that it names."""
        return init_settings, env_settings, FilesNamedInTheEnvironment(settings_cls)
