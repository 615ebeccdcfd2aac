"""Settings of the feedback service."""

from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.settings import PublicUrl, ServiceSettings


class Settings(ServiceSettings):
    """The settings of the feedback service."""

    model_config = SettingsConfigDict(env_prefix="FEEDBACK_", frozen=True, extra="ignore")

    reply_key: str = Field(description="32 bytes in base64: reply codes and pseudonyms are derived from it.")
    contributor_public_key: str = Field(
        description="X25519 public key, PEM or 32 bytes in base64: contributors are sealed to it with HPKE."
    )
    registry_url: str = Field(description="Where the registry says which footprint a postcode is in.")
    token_private_key: str = Field(description="Ed25519 key, PEM: signs the tokens for the registry.")
    lookup_seconds: float = Field(2.0, description="How long the registry may take to resolve a postcode.")
    arrival_seconds: float = Field(
        2.0, description="How long to wait for a body that has not arrived before the answer is not_here_yet."
    )
    source_waiting_bytes_max: int = Field(
        268_435_456,
        ge=1,
        description="How many bytes of a source may wait to be mapped or in quarantine.",
    )
    counts_small: int = Field(
        5, ge=5, description="The smallest number of pieces that public counts of feedback show anything of."
    )
    counts_step: int = Field(
        5, ge=5, description="The step to which public counts of feedback are rounded down."
    )
    counts_settle_days: int = Field(
        28, ge=0, description="How many days after the end of a month its counts become public, for good."
    )
    source_mapped_bytes_max: int = Field(
        268_435_456,
        ge=1,
        description="How many bytes of a source are kept after mapping; beyond that, the oldest go first.",
    )
    contributor_private_key: str = Field(
        "",
        description="The matching private key, in base64, for the worker alone. Without it nobody is told.",
    )
    teller_database_url: str = Field(
        "", description="The same database under the role that may read contributors; for the worker alone."
    )
    sending: Literal["hold", "allow_list", "live"] = Field(
        "hold", description="Who gets mail: nobody (it is held), only addresses on the list, or everybody."
    )
    sending_allow_list: list[str] = Field(
        [], description="Addresses, or domains as `@example.org`, that `allow_list` lets through; JSON."
    )
    sending_from: str = Field("Doorway <doorway@localhost>", description="The sender of mail.")
    staff_domains: list[str] = Field(
        ["nhs.net", "nhs.uk", "gov.uk"],
        description="Mail domains, with all below them, of public bodies and their staff; JSON. "
        "A verdict from such an address is not witnessed.",
    )
    sending_batch_seconds: float = Field(
        10.0,
        description="How long a telling waits for others to the same person, so that one mail carries all.",
    )
    sending_mails_per_day: int = Field(
        3,
        ge=1,
        description="How many mails one person gets in 24 hours at most; the rest goes later, in one.",
    )
    public_url: PublicUrl = Field(
        "",
        description="Where the outside reaches this deployment, such as `https://doorway.example.org`. "
        "If it is https, each mail can be stopped with one click.",
    )
    look_up_url: str = Field("", description="The page where people enter a reply code; each mail names it.")
    smtp_host: str = Field("127.0.0.1", description="The mail server.")
    smtp_port: int = Field(25, description="Its port.")
    smtp_security: Literal["none", "starttls", "tls"] = Field(
        "none", description="How the connection to it is encrypted."
    )
    smtp_ca_path: str = Field(
        "",
        description="A file with the certificates (PEM) of authorities that its certificate may be from, "
        "besides those that the system trusts.",
    )
    smtp_user: str = Field("", description="The name to log in with, if it asks for one.")
    smtp_password: str = Field("", description="The password for that name.")
