"""The keys of DigitalOcean and Tailscale: the operator's own, never stored, shown, or given to a machine."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from ailab.host_facts import MACHINE_TAG
from ailab.secrets import TABLE, Origin
from infra.api import END_POINT as DIGITALOCEAN
from infra.api_refusal import TOKENS
from infra.env_file import lines_of
from infra.errors import LabError
from infra.labs import shortest
from infra.secrets import ENV_FILE
from infra.shipping.disclosure import Known
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
        LabError: it is missing, or has what no token has; or the address that is named for the API is none.

    """
    [value] = _values(TOKEN)
    # This name, as the one below, is that of the company's own tools.
    return Token(value, _address("DIGITALOCEAN_API_URL", DIGITALOCEAN))


def tailnet_api() -> str:
    """Give the address of Tailscale's API; another for a stand-in.

    Raises:
        LabError: what is named is no address.

    """
    return _address("TAILSCALE_BASE_URL", TAILSCALE)


def oauth_client() -> OAuthClient:
    """Read the id and the secret of Tailscale's OAuth client, as the token is.

    Raises:
        LabError: they are missing, and all that are get named; or one has what none has.

    """
    client, secret = _values(CLIENT, SECRET)
    return OAuthClient(client, secret)


def require() -> None:
    """Make sure that there is all that `./lab up` needs, so that nobody learns of it one by one.

    Raises:
        LabError: some are missing, or have what none has.

    """
    _values(*REPAIRS)


def known() -> tuple[Known, ...]:
    """List the secrets that .env or the environment has: the lab's, and those of the clouds.

    Raises:
        LabError: .env cannot be read.

    """
    names = {TOKEN, SECRET, *(row.variable for row in TABLE if row.origin is Origin.GIVEN)}
    # The file's, too, where the environment has another: it is one as well.
    pairs = (*_given().items(), *os.environ.items())
    return tuple(dict.fromkeys(Known(name, value) for name, value in pairs if name in names and value))


def _given() -> dict[str, str | None]:
    file = shortest(ENV_FILE)
    return {line.key: line.value for line in lines_of(file) if line.key} if file.exists() else {}


def _address(variable: str, usual: str) -> str:
    """Give what a variable names, or else the company's own."""
    given = os.environ.get(variable) or usual
    with suppress(ValueError):  # "http://[x"
        url = urlsplit(given)
        if url.scheme in {"http", "https"} and url.hostname:
            return given
    message = f"{variable}: {given} is no address; unset it, or write one such as {usual}"
    raise LabError(message)


def _values(*names: str) -> list[str]:
    values = {**_given(), **os.environ}
    if missing := [name for name in names if not values.get(name)]:
        repairs = "; ".join(f"{name}: missing; {REPAIRS[name]}" for name in missing)
        message = f"{repairs}; put {'them' if len(missing) > 1 else 'it'} into .env or the environment"
        raise LabError(message)
    return [_checked(name, values[name] or "") for name in names]


def _checked(name: str, value: str) -> str:
    # It becomes a part of a header, where a line's end or a letter of another alphabet is an error without a name.
    if not (value.isascii() and value.isprintable()) or " " in value:
        message = f"{name}: has a character that no token has; copy it again"
        raise LabError(message)
    return value
