"""Settings of the feedback service."""

from typing import Literal

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
    contributor_private_key: str = Field(
        "", description="The other half, in base64; given to the worker alone. Without it nobody is told."
    )
    teller_database_url: str = Field(
        "", description="The same database under the role that may read contributors; for the worker alone."
    )
    sending: Literal["hold", "allow_list", "live"] = Field(
        "hold", description="Whom mail is sent to: nobody (it is held), those on the list, everybody."
    )
    sending_allow_list: list[str] = Field(
        [], description="Addresses, or domains as `@example.org`, that `allow_list` lets through; JSON."
    )
    sending_from: str = Field("Doorway <doorway@localhost>", description="From whom mail comes.")
    sending_batch_seconds: float = Field(
        10.0, description="How long word for a person waits for more, so that one mail carries all of it."
    )
    look_up_url: str = Field("", description="The page where people enter a reply code; named in each mail.")
    smtp_host: str = Field("127.0.0.1", description="The mail server.")
    smtp_port: int = Field(25, description="Its port.")
    smtp_security: Literal["none", "starttls", "tls"] = Field(
        "none", description="How the connection to it is encrypted."
    )
    smtp_user: str = Field("", description="The name to log in to it with, if it asks for one.")
    smtp_password: str = Field("", description="The password for that name.")
