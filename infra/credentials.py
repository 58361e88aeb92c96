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
from infra.tailscale import OAuthClient

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
class Token:
    """What opens the account, and where it is asked for.

    Attributes:
        value: DigitalOcean's token.
        api: DigitalOcean's address; another for a stand-in.

    """

    value: str = field(repr=False)
    api: str = DIGITALOCEAN


def token() -> Token:
    """Read DigitalOcean's token from the environment, or else from the project's .env.

    Raises:
        LabError: it is missing, or has what no token has.

    """
    # This name, as the one below, is that of the company's own tools.
    return Token(_value(TOKEN), os.environ.get("DIGITALOCEAN_API_URL", DIGITALOCEAN))


def tailnet_api() -> str:
    """Give the address of Tailscale's API; another for a stand-in."""
    return os.environ.get("TAILSCALE_BASE_URL", TAILSCALE)


def oauth_client() -> OAuthClient:
    """Read the id and the secret of Tailscale's OAuth client, as the token is.

    Raises:
        LabError: one is missing, or has what none has.

    """
    return OAuthClient(_value(CLIENT), _value(SECRET))


def _value(name: str) -> str:
    value = {**dotenv_values(ENV_FILE), **os.environ}.get(name)
    if not value:
        message = f"{name}: missing; {REPAIRS[name]}, and put it into .env or the environment"
        raise LabError(message)
    # It becomes a part of a header, where a line's end or a letter of another alphabet is an error without a name.
    if not (value.isascii() and value.isprintable()) or " " in value:
        message = f"{name}: has a character that no token has; copy it again"
        raise LabError(message)
    return value
