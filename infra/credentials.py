"""The keys of DigitalOcean and Tailscale: the operator's own, never stored, shown, or given to a machine."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Final

from dotenv import dotenv_values

from ailab.host_facts import MACHINE_TAG
from infra.api import END_POINT as DIGITALOCEAN
from infra.api_refusal import TOKENS
from infra.errors import LabError
from infra.secrets import ENV_FILE
from infra.tailscale import END_POINT as TAILSCALE

TOKEN: Final = "DIGITALOCEAN_TOKEN"  # noqa: S105 - a variable's name
CLIENT: Final = "TAILSCALE_CLIENT_ID"
SECRET: Final = "TAILSCALE_CLIENT_SECRET"  # noqa: S105 - a variable's name
REPAIRS: Final = {
    TOKEN: f"make a token at {TOKENS}",
    CLIENT: f"make an OAuth client with the scopes auth_keys and devices:core and the tag {MACHINE_TAG} at "
    "https://login.tailscale.com/admin/settings/oauth",
    SECRET: "Tailscale shows it once, when the OAuth client is made",
}


@dataclass(frozen=True)
class Credentials:
    """What opens the account and the tailnet, and where they are asked for.

    Attributes:
        token: DigitalOcean's.
        client: the id of Tailscale's OAuth client.
        secret: that of the client.
        api: DigitalOcean's address; another for a stand-in.
        tailnet_api: Tailscale's address.

    """

    token: str = field(repr=False)
    client: str
    secret: str = field(repr=False)
    api: str = DIGITALOCEAN
    tailnet_api: str = TAILSCALE


def credentials() -> Credentials:
    """Read them from the environment, or else from the project's .env.

    Raises:
        LabError: one is missing.

    """
    values = {**dotenv_values(ENV_FILE), **os.environ}
    for name, repair in REPAIRS.items():
        if not values.get(name):
            message = f"{name}: missing; {repair}, and put it into .env or the environment"
            raise LabError(message)
    return Credentials(
        token=values[TOKEN] or "",
        client=values[CLIENT] or "",
        secret=values[SECRET] or "",
        # The names are those of the two companies' own tools.
        api=os.environ.get("DIGITALOCEAN_API_URL", DIGITALOCEAN),
        tailnet_api=os.environ.get("TAILSCALE_BASE_URL", TAILSCALE),
    )
