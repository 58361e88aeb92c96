"""DigitalOcean, asked through python-digitalocean, which nothing else of this project imports.

That library has what an endpoint and a token need, and lacks what money asks for. Each gap is closed here:
no time limits; errors without their status; lists that end early when a later page fails; whole bodies, with
`user_data`, in its debug log; a body with DELETE, nulls and trailing slashes, none of which DigitalOcean's OpenAPI
document allows (https://github.com/digitalocean/openapi).
"""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final, TypeAlias, TypeVar

import requests
from digitalocean.baseapi import DELETE, GET, POST, PUT, BaseAPI, JSONReadError
from pydantic import BaseModel, TypeAdapter, ValidationError
from requests.utils import get_environ_proxies

from infra.api_refusal import refusal, wait_asked_for
from infra.cloud.clock import Clock
from infra.cloud.failure import CloudError, MissingError

END_POINT: Final = "https://api.digitalocean.com/v2/"
PAGE: Final = 200  # the most that DigitalOcean gives at once
PAGES: Final = 500
LONGEST_WAIT: Final = 120.0  # seconds; who is told to wait longer tells the person at the terminal

REPAIR: Final = "see that this machine reaches the internet; https://status.digitalocean.com tells what is down there"

Json: TypeAlias = "Mapping[str, Json] | list[Json] | str | int | float | bool | None"
Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Patience:
    """How long an answer is waited for (seconds), and how often what may be asked twice is asked."""

    connect: float = 10.0
    read: float = 60.0
    attempts: int = 4
    pause: float = 1.0  # before the second time; twice as long before each further one


PATIENCE: Final = Patience()


class _Pages(BaseModel):
    next: str | None = None


class _Links(BaseModel):
    """Where a list goes on."""

    pages: _Pages = _Pages()


class Api(BaseAPI):  # type: ignore[misc] # the library has no types
    """python-digitalocean's requests, with time limits and errors that say what happened. For one thread."""

    def __init__(self, token: str, clock: Clock, end_point: str = END_POINT, patience: Patience = PATIENCE) -> None:
        # Without the slash urljoin() takes "v2" away.
        super().__init__(token=token, end_point=end_point.rstrip("/") + "/")
        self._clock = clock
        self._patience = patience
        # Read here, once: otherwise the environment is read for each request, and ~/.netrc may take the token's place.
        self._session.trust_env = False
        self._session.proxies = get_environ_proxies(self.end_point)
        # What the machine trusts, as for all of this project's clients; the library of `requests` brings its own list.
        own = os.environ.get("REQUESTS_CA_BUNDLE") or ssl.get_default_verify_paths().cafile
        self._session.verify = own or True
        self.date: datetime | None = None  # of the last answer, by DigitalOcean's clock

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _BaseAPI__perform_request(  # noqa: N802 - the library's own, which `get_data` calls
        self,
        url: str,
        type: str = GET,  # noqa: A002 - its word
        params: Mapping[str, Json] | None = None,
    ) -> requests.Response:
        """Send a request until there is an answer that is none of `Patience`'s business.

        Raises:
            CloudError: there is none, or it is no success.

        """
        pause = self._patience.pause
        for left in reversed(range(self._patience.attempts)):
            try:
                answer = self._send(url, type, params)
            except requests.RequestException as error:
                # The name alone, and raised after this block: an exception holds the request, and that the token.
                message = f"DigitalOcean does not answer at {self.end_point} ({_reason(error)}); {REPAIR}"
                failure = CloudError(message, unknown=type == POST)
                wait = pause
            else:
                if answer.status_code < requests.codes.multiple_choices:  # `ok` has redirects, too: none is followed
                    return answer
                failure = refusal(answer, f"{type} {url}")
                wait = wait_asked_for(answer, self._clock.now(), pause)
            again = failure.status == requests.codes.too_many or (type != POST and _passing(failure))
            if not left or not again or wait > LONGEST_WAIT:
                raise failure
            self._clock.sleep(wait)
            pause *= 2
        raise AssertionError  # the last attempt returns or raises

    def _send(self, url: str, method: str, params: Mapping[str, Json] | None) -> requests.Response:
        given = {key: value for key, value in (params or {}).items() if value is not None}
        answer: requests.Response = self._session.request(
            method,
            self.end_point + url.strip("/"),
            params=given if method == GET else None,
            data=json.dumps(given) if method in {POST, PUT} else None,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            timeout=(self._patience.connect, self._patience.read),
            allow_redirects=False,  # a redirect would turn POST into GET and might show the token to another host
        )
        if "Date" in answer.headers:
            self.date = parsedate_to_datetime(answer.headers["Date"])
        return answer

    def one(self, url: str, key: str, kind: type[Thing]) -> Thing:
        """Look one thing up: what the answer holds under the key."""
        return _read(self._ask(url, GET), key, TypeAdapter(kind), f"{GET} {url}")

    def create(self, url: str, key: str, kind: type[Thing], order: Mapping[str, Json]) -> Thing:
        """Ask for something new; nulls in the order are left out."""
        return _read(self._ask(url, POST, order), key, TypeAdapter(kind), f"{POST} {url}")

    def replace(self, url: str, key: str, kind: type[Thing], order: Mapping[str, Json]) -> Thing:
        """Ask for something to become another."""
        return _read(self._ask(url, PUT, order), key, TypeAdapter(kind), f"{PUT} {url}")

    def all(self, url: str, key: str, kind: type[Thing], params: Mapping[str, Json] | None = None) -> tuple[Thing, ...]:
        """Read a list to its end."""
        found: list[Thing] = []
        for page in range(1, PAGES + 1):
            data = self._ask(url, GET, {**(params or {}), "page": page, "per_page": PAGE})
            found += _read(data, key, TypeAdapter(tuple[kind, ...]), f"GET {url}")  # type: ignore[valid-type]
            links = _read(data, "links", TypeAdapter(_Links), f"GET {url}") if "links" in data else _Links()
            if links.pages.next is None:
                return tuple(found)
        message = f"DigitalOcean's list of {url} does not end after {PAGES} pages"
        raise CloudError(message)

    def post(self, url: str, params: Mapping[str, Json]) -> None:
        """Ask for something whose answer holds nothing."""
        self._ask(url, POST, params)

    def delete(self, url: str) -> None:
        """Delete something; what is not there is deleted."""
        with suppress(MissingError):
            self._ask(url, DELETE)

    def _ask(self, url: str, method: str, params: Mapping[str, Json] | None = None) -> Mapping[str, Json]:
        """Ask for one page; with a page among the parameters, even none, the library follows no links by itself."""
        page: Mapping[str, Json] = {"page": None, "per_page": None} if method == GET else {}
        try:
            data = self.get_data(url, method, {**page, **(params or {})})
        except JSONReadError:
            data = None
        if data is True:  # the library's word for an answer without a body
            return {}
        if not isinstance(data, dict):
            message = f"DigitalOcean answers {method} {url} with something else than JSON"
            raise CloudError(message, unknown=method == POST)
        return data


def _read(data: Mapping[str, Json], key: str, kind: TypeAdapter[Thing], request: str) -> Thing:
    with suppress(ValidationError):  # which holds the answer
        return kind.validate_python(data.get(key))
    message = f"DigitalOcean answers {request} without a {key} that can be read"
    raise CloudError(message, unknown=request.startswith(POST))


def _reason(error: requests.RequestException) -> str:
    return "it takes too long" if isinstance(error, requests.Timeout) else type(error).__name__


def _passing(failure: CloudError) -> bool:
    """Whether the same request may succeed a moment later."""
    return failure.status is None or failure.status >= requests.codes.server_error
