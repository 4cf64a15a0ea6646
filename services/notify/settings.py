"""What the environment says about notify, beyond what it says about every service."""

from __future__ import annotations

from pydantic import Field, SecretStr

from shared.settings import KernelSettings


class NotifySettings(KernelSettings):
    """Channels out of the house; without them everybody still has the inbox."""

    port: int = Field(default=8103, ge=0, le=65535)
    """The port that the service listens on."""

    public_url: str = ""
    """Where people open alerts; messages link to `<public_url>/alerts/<id>`. Empty = no link."""

    webhook_secrets: dict[str, SecretStr] = Field(default_factory=dict)
    """Signing secrets by the name that addresses refer to, as JSON: `{"office": "…"}`."""
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
