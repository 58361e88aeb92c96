"""Registries of container images, as far as anybody may ask them: which content a tag has, which tags there are.

The protocol: https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import httpx
from httpx_retries import Retry, retry_request
from pydantic import BaseModel, ValidationError

from infra.errors import LabError
from infra.registries.login import giver, token

# Docker Hub's images are named by the one and served by the other.
SERVERS: Final = {"docker.io": "https://registry-1.docker.io"}
INDEXES: Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
# Asked for too, so that a tag without an index is told from one that is not there: without them registries answer 404,
# or translate the manifest into an older form with another digest.
MANIFESTS: Final = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
TIMEOUT: Final = httpx.Timeout(30, connect=10)  # seconds
PATIENCE: Final = Retry(total=3, backoff_factor=0.5, max_backoff_wait=30, total_timeout=60)  # seconds
TAGS_A_PAGE: Final = 1000
PAGES: Final = 500


class RegistryError(LabError):
    """One question about one image has no usable answer."""


class RegistryUnavailableError(RegistryError):
    """The registry does not answer, or not now: other questions would fail alike."""


@dataclass(frozen=True)
class Manifest:
    """What a reference leads to: the digest of its content, and whether that is an index of several platforms."""

    digest: str
    index: bool


class _Tags(BaseModel):
    """A page of a repository's tags; an empty repository has none."""

    tags: list[str] | None


def http_client() -> httpx.Client:
    """Return an HTTP client that trusts what this machine trusts and follows the machine's proxy settings."""
    return httpx.Client(verify=ssl.create_default_context(), timeout=TIMEOUT, follow_redirects=True)


@dataclass(frozen=True)
class Repository:
    """One image's place in a registry.

    Attributes:
        server: scheme and host, e.g. `https://ghcr.io`.
        name: below that, e.g. `open-webui/open-webui`.
        client: sends the requests.
        patience: how often and how long a failed request is tried again.

    """

    server: str
    name: str
    client: httpx.Client
    patience: Retry = PATIENCE
    _tokens: dict[str, str] = field(default_factory=dict, init=False, repr=False)  # by server

    def manifest(self, reference: str) -> Manifest | None:
        """Look a tag or a digest up, and make sure that the content has the digest; None if there is no such thing.

        Raises:
            RegistryError: the content is not what its digest says, or cannot be had.

        """
        answer = self._get(f"{self._url}/manifests/{reference}", ", ".join((*INDEXES, *MANIFESTS)))
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        digest = f"sha256:{hashlib.sha256(answer.content).hexdigest()}"
        promised = reference if ":" in reference else answer.headers.get("Docker-Content-Digest", digest)
        if promised != digest:
            message = f"the content of {reference} has the digest {digest}, not {promised}; do not use it"
            raise RegistryError(message)
        return Manifest(digest, answer.headers.get("Content-Type", "").partition(";")[0] in INDEXES)

    def tags(self) -> tuple[str, ...]:
        """List all tags.

        Raises:
            RegistryError: the list cannot be had.

        """
        return tuple(tag for page in self._pages() for tag in page.tags or ())

    @property
    def _url(self) -> str:
        return f"{self.server}/v2/{self.name}"

    def _pages(self) -> Iterator[_Tags]:
        url = httpx.URL(f"{self._url}/tags/list", params={"n": TAGS_A_PAGE})
        for _ in range(PAGES):
            answer = self._get(url, "application/json")
            if answer.status_code == httpx.codes.NOT_FOUND:
                message = f"no such image at {self.server}"
                raise RegistryError(message)
            try:
                page = _Tags.model_validate_json(answer.content)
                following = answer.url.join(answer.links["next"]["url"]) if "next" in answer.links else None
            except (ValidationError, httpx.InvalidURL):
                message = f"{_server(answer.url)} answers with something else than a list of tags"
                raise RegistryError(message) from None
            yield page
            if following is None:
                return
            url = following
        message = f"the list of tags does not end after {PAGES} pages"
        raise RegistryError(message)

    def _get(self, url: httpx.URL | str, accept: str) -> httpx.Response:
        """Ask, with a token where one is wanted, and let only success and "not found" pass."""
        answer = self._send(httpx.URL(url), accept)
        if source := giver(answer):
            # After a redirect the refusal is that of another server: it is the one to ask again, and the only one that
            # sees the token.
            server = _server(answer.url)
            self._tokens.pop(server, None)  # expired; it may be the server that gives the new one, too
            self._tokens[server] = self._token(source)
            answer = self._send(answer.url, accept)
        if answer.is_success or answer.status_code == httpx.codes.NOT_FOUND:
            return answer
        raise _refusal(answer)

    def _token(self, source: httpx.URL) -> str:
        given = self._send(source, "application/json")
        if not given.is_success:
            raise _refusal(given)
        if not (value := token(given)):
            message = f"{_server(source)} gives no token"
            raise RegistryError(message)
        return value

    def _send(self, url: httpx.URL, accept: str) -> httpx.Response:
        headers = {"Accept": accept}
        if known := self._tokens.get(_server(url)):
            headers["Authorization"] = f"Bearer {known}"
        try:
            return retry_request(self.client, "GET", url, retry=self.patience, headers=headers)
        except httpx.HTTPError as error:
            message = f"{_server(url)}: no answer: {str(error) or type(error).__name__}"
            raise RegistryUnavailableError(message) from error


def _server(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _refusal(answer: httpx.Response) -> RegistryError:
    told = f"{_server(answer.url)} answers {answer.status_code} {answer.reason_phrase}".rstrip()
    match answer.status_code:
        case httpx.codes.UNAUTHORIZED | httpx.codes.FORBIDDEN:
            return RegistryError(f"{told}: no such image, or none that everybody may see")
        case httpx.codes.TOO_MANY_REQUESTS:
            return RegistryUnavailableError(f"{told}; ask again later")
        case code if code >= httpx.codes.INTERNAL_SERVER_ERROR:
            return RegistryUnavailableError(told)
        case _:
            return RegistryError(told)
