"""What a service is started with: addresses and secrets as environment variables."""

from __future__ import annotations

import json
from pathlib import Path

from guanai.secrets import Secrets
from guanai.stack import FOLLOWS, Endpoints, followers, service_keys_beside


def environment(service: str, endpoints: Endpoints, secrets: Secrets, keys: Path) -> dict[str, str]:
    """The settings of one service as environment variables (see `shared.settings`)."""
    peers = {name: url for name, url in endpoints.services.items() if name != service}
    return {
        "GUANAI_DATABASE_URL": endpoints.database(service, "app", secrets.apps[service]),
        "GUANAI_NATS_URL": endpoints.nats,
        "GUANAI_NATS_USER": service,
        "GUANAI_NATS_ACCOUNTS": "true",
        "GUANAI_READERS": json.dumps({name: FOLLOWS[name][service] for name in followers(service)}),
        "GUANAI_NATS_PASSWORD": secrets.bus[service],
        "GUANAI_PORT": endpoints.services[service].rsplit(":", 1)[1],
        "GUANAI_TOKEN_KEYS": str(keys),
        "GUANAI_SERVICE_KEY": json.dumps(secrets.service_key(service).as_dict(private=True)),
        "GUANAI_SERVICE_KEYS": str(service_keys_beside(keys)),
        "GUANAI_PEERS": json.dumps(peers),
    }
