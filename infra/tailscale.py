"""The tailnet, asked through Tailscale's API.

Written after https://tailscale.com/api and never run against the real one: no tailnet could be had for a test.
An OAuth client is asked for, since its secret does not expire and its scopes are small; it is used from this machine
alone and never given to a droplet (https://tailscale.com/kb/1215/oauth-clients).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Final, TypeVar

import httpx
from httpx_retries import Retry, RetryTransport
from pydantic import BaseModel, TypeAdapter, ValidationError

from ailab.host_facts import MACHINE_TAG
from infra.api import Json
from infra.cloud.failure import CloudError, MissingError, TokenError
from infra.cloud.steps import AuthKey
from infra.cloud.tailnet import Device, NewKey

END_POINT: Final = "https://api.tailscale.com/api/v2/"
TIMEOUT: Final = httpx.Timeout(30, connect=10)  # seconds
PATIENCE: Final = Retry(total=3, backoff_factor=1, max_backoff_wait=30, allowed_methods=["GET", "DELETE"])
REPAIR: Final = "see that this machine reaches the internet; https://status.tailscale.com tells what is down there"
LATER: Final = "give the command again in some minutes (https://status.tailscale.com tells what is down there)"
KEY_SECONDS: Final = 3600  # one installation


_Answer = TypeVar("_Answer", bound=BaseModel)


class _Token(BaseModel):
    access_token: str


class _Devices(BaseModel):
    devices: tuple[Device, ...]


class _Key(BaseModel):
    id: str
    key: str = ""
    description: str = ""


class _Keys(BaseModel):
    keys: tuple[_Key, ...]


@dataclass(frozen=True)
class OAuthClient:
    """What stands for the operator in the tailnet: with the scopes `auth_keys` and `devices:core` for `tag:gpu-lab`."""

    id: str
    secret: str = field(repr=False)


class Tailscale:
    """The tailnet that an OAuth client belongs to: what `infra.cloud.tailnet.Tailnet` promises.

    Attributes:
        client: gives the OAuth client when it is first needed; may raise `LabError`.
        end_point: where the API is.
        retry: how often what may be asked twice is asked again.
        timeout: how long an answer is waited for.

    """

    def __init__(
        self,
        client: Callable[[], OAuthClient],
        end_point: str = END_POINT,
        retry: Retry = PATIENCE,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        self._credentials = client
        self._client = httpx.Client(
            base_url=end_point,
            timeout=timeout,
            transport=RetryTransport(httpx.HTTPTransport(verify=_trust()), retry),
        )
        self._token: str | None = None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def devices(self, hostname: str) -> tuple[Device, ...]:
        """List the labs' machines of that name."""
        found = _read(self._ask("GET", "tailnet/-/devices"), _Devices).devices
        return tuple(each for each in found if each.hostname == hostname and MACHINE_TAG in each.tags)

    def mint(self, description: str) -> NewKey:
        """Make a key for one machine.

        The machine is no ephemeral one: such a machine is forgotten when it is parked.
        """
        create: Json = {"reusable": False, "ephemeral": False, "preauthorized": True, "tags": [MACHINE_TAG]}
        order: Mapping[str, Json] = {
            "capabilities": {"devices": {"create": create}},
            "expirySeconds": KEY_SECONDS,
            "description": description,
        }
        made = _read(self._ask("POST", "tailnet/-/keys", order), _Key)
        return NewKey(made.id, AuthKey(made.key))

    def revoke(self, description: str, number: str | None) -> None:
        """Take back the key of this id, or, where none is known, all with that description; none is fine too."""
        for each in [number] if number else self._keys(description):
            self._ask("DELETE", f"tailnet/-/keys/{each}")

    def _keys(self, description: str) -> Iterator[str]:
        """List the ids of the keys with that description."""
        # To an OAuth client the list has keys for machines, which its scope auth_keys shows, only where all is asked
        # for (listTailnetKeys of https://api.tailscale.com/api/v2?outputOpenapiSchema=true); entries may be ids alone.
        for key in _read(self._ask("GET", "tailnet/-/keys?all=true"), _Keys).keys:
            with suppress(MissingError):
                url = f"tailnet/-/keys/{key.id}"
                if description == (key.description or _read(self._ask("GET", url), _Key).description):
                    yield key.id

    def remove(self, device: Device) -> None:
        """Remove a machine; none is fine too."""
        self._ask("DELETE", f"device/{device.id}")

    def _ask(self, method: str, url: str, order: Mapping[str, Json] | None = None) -> httpx.Response:
        known = self._token is not None
        try:
            return self._ask_once(method, url, order)
        except TokenError as error:
            # A token is good for an hour (https://tailscale.com/kb/1215/oauth-clients), and `up` may take longer.
            if not known or error.status != httpx.codes.UNAUTHORIZED:
                raise
        self._token = None
        return self._ask_once(method, url, order)

    def _ask_once(self, method: str, url: str, order: Mapping[str, Json] | None) -> httpx.Response:
        if self._token is None:
            client = self._credentials()
            answer = self._send("POST", "oauth/token", data={"client_id": client.id, "client_secret": client.secret})
            self._token = _read(answer, _Token).access_token
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            return self._send(method, url, json=order, headers=headers)
        except MissingError:
            if method == "DELETE":
                return httpx.Response(httpx.codes.NO_CONTENT)
            raise

    def _send(
        self,
        method: str,
        url: str,
        *,
        data: Mapping[str, str] | None = None,
        json: Mapping[str, Json] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        try:
            answer = self._client.request(method, url, data=data, json=json, headers=headers)
        except httpx.HTTPError as error:
            message = f"Tailscale does not answer at {self._client.base_url} ({type(error).__name__}); {REPAIR}"
            failure = CloudError(message, unknown=method == "POST")
        else:
            if answer.is_success:
                return answer
            failure = _refusal(answer, f"{method} {url}")
        raise failure  # after the `except`: the error there holds the request, and that the client's secret


@cache
def _trust() -> ssl.SSLContext:
    """Trust what this machine trusts."""
    return ssl.create_default_context()


def _refusal(answer: httpx.Response, request: str) -> CloudError:
    status = answer.status_code
    match status:
        case httpx.codes.NOT_FOUND:
            return MissingError(f"Tailscale has nothing at {request}", status=status)
        case httpx.codes.UNAUTHORIZED | httpx.codes.FORBIDDEN:
            message = (
                f"Tailscale refuses {request}; TAILSCALE_CLIENT_ID and TAILSCALE_CLIENT_SECRET must be of an OAuth "
                f"client with the scopes auth_keys and devices:core and the tag {MACHINE_TAG}: "
                "https://login.tailscale.com/admin/settings/oauth"
            )
            return TokenError(message, status=status)
        case _:
            unknown = request.startswith("POST") and answer.is_server_error
            later = f"; {LATER}" if answer.is_server_error or status == httpx.codes.TOO_MANY_REQUESTS else ""
            return CloudError(f"Tailscale answers {status} to {request}{later}", status=status, unknown=unknown)


def _read(answer: httpx.Response, kind: type[_Answer]) -> _Answer:
    with suppress(ValidationError):  # which holds the answer, and that may be a key
        return TypeAdapter(kind).validate_json(answer.content)
    message = f"Tailscale answers {answer.request.url.path} with something that cannot be read"
    raise CloudError(message)
