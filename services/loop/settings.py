"""Settings of the loop service."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.kept import KeepingSettings
from shared.settings import PublicUrl


class Settings(KeepingSettings):
    """What the loop service needs to know."""

    model_config = SettingsConfigDict(env_prefix="LOOP_", frozen=True, extra="ignore")

    reply_ref_key: str = Field(
        description="32 bytes in base64, made from feedback's reply key: finds what a reply code belongs to."
    )
    public_url: PublicUrl = Field(
        "",
        description="Where the outside reaches this deployment, such as `https://doorway.example.org`. "
        "Its feeds lead there; without it they have no links.",
    )
