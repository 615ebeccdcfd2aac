"""Settings of the registry service."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.kept import KeepingSettings
from shared.settings import PublicUrl


class Settings(KeepingSettings):
    """What the registry service needs to know."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_", frozen=True, extra="ignore")

    data_path: Path = Field(
        Path(__file__).parent / "data",
        description="The folder of the data that `doorway registry import` loads.",
    )
    routing_path: Path = Field(
        Path(__file__).parent / "data" / "routing.yaml",
        description="The file of rules by which `POST /v1/route` says whom to turn to.",
    )
    public_url: PublicUrl = Field(
        "",
        description="Where the outside reaches this deployment, such as `https://doorway.example.org`. "
        "Its feeds lead there; without it they have no links.",
    )
