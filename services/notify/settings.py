"""What the environment says about notify, beyond what it says about every service."""

from __future__ import annotations

from pydantic import Field, SecretStr, field_validator

from services.parties import is_party
from shared.settings import KernelSettings


class NotifySettings(KernelSettings):
    """Channels out of the house; without them everybody still has the inbox."""

    port: int = Field(default=8103, ge=0, le=65535)
    """The port that the service listens on."""

    public_url: str = ""
    """Where people open alerts; messages link to `<public_url>/alerts/<id>`. Empty = no link."""

    webhook_secrets: dict[str, SecretStr] = Field(default_factory=dict)
    """Signing secrets by the name that addresses refer to, as JSON: `{"office": "…"}`."""
    webhook_secret_parties: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Which parties may name which secret, as JSON: `{"office": ["township:331082104"]}`; no others can."""
    allow_private_webhooks: bool = False
    """Whether webhooks may point to loopback and private addresses: a messenger in the own network."""

    smtp_host: str | None = None
    """Mail server; None = no mails."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    """The mail server's port."""
    smtp_sender: str = "guanai@localhost"
    """The address that mails come from."""
    smtp_user: str | None = None
    """The user that logs in at the mail server; None = without a login."""
    smtp_password: SecretStr | None = None
    """Its password."""
    smtp_tls: bool = False
    """TLS from the first byte (port 465)."""
    smtp_start_tls: bool | None = None
    """None: STARTTLS where the server offers it; true: send nothing without it."""

    @field_validator("webhook_secret_parties")
    @classmethod
    def _are_parties(cls, named: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        if wrong := sorted(one for parties in named.values() for one in parties if not is_party(one)):
            raise ValueError(f"不是单位地址 / no addresses of parties: {', '.join(wrong)}")
        return named

    def secrets_of(self, party: str) -> frozenset[str]:
        """The names of the signing secrets that a party may use."""
        return frozenset(
            name for name in self.webhook_secrets if party in self.webhook_secret_parties.get(name, ())
        )
