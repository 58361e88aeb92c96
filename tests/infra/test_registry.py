"""Asking a registry: what a well-behaved one never answers, and what the real ones do that Debian's does not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

import httpx
import pytest
from httpx_retries import Retry

from infra.registries.registry import INDEXES, PAGES, Manifest, RegistryError, RegistryUnavailableError, Repository

SERVER: Final = "https://registry.test"
NAME: Final = "library/thing"
PLAIN: Final = httpx.Response(200, json={"name": NAME, "tags": ["1.0"]})
CHALLENGE: Final = f'Bearer realm="https://auth.test/token",service="registry.test",scope="repository:{NAME}:pull"'
Answer = Callable[[httpx.Request], httpx.Response]


def repository(answer: Answer, retries: int = 0) -> Repository:
    client = httpx.Client(transport=httpx.MockTransport(answer), follow_redirects=True)
    return Repository(SERVER, NAME, client, Retry(total=retries))


class InTurn:
    """Gives its answers one after the other, and keeps what was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str | None]] = []  # address and token

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((str(request.url), request.headers.get("Authorization")))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def page(*tags: str, link: str = "") -> httpx.Response:
    return httpx.Response(200, json={"tags": tags}, headers={"Link": f'<{link}>; rel="next"'} if link else {})


def test_a_long_list_of_tags_is_read_to_its_end() -> None:
    turns = InTurn(page("1", "2", link=f"/v2/{NAME}/tags/list?last=2&n=2"), page("3"))
    assert repository(turns).tags() == ("1", "2", "3")
    assert [url for url, _ in turns.asked] == [
        f"{SERVER}/v2/{NAME}/tags/list?n=1000",
        f"{SERVER}/v2/{NAME}/tags/list?last=2&n=2",
    ]


def test_a_list_of_tags_that_does_not_end_is_given_up() -> None:
    turns = InTurn(*(page("1", link="?again") for _ in range(PAGES + 1)))
    with pytest.raises(RegistryError, match=rf"^the list of tags does not end after {PAGES} pages$"):
        repository(turns).tags()
    assert len(turns.asked) == PAGES


@pytest.mark.parametrize("content", [b"<html>log in to the hotel</html>", b'{"tags": "1.0"}', b"[]", b""])
def test_what_is_no_list_of_tags_is_told(content: bytes) -> None:
    with pytest.raises(
        RegistryError, match=r"^https://registry\.test answers with something else than a list of tags$"
    ):
        repository(lambda _: httpx.Response(200, content=content)).tags()


def test_a_repository_without_tags_has_none() -> None:
    assert repository(lambda _: httpx.Response(200, json={"tags": None})).tags() == ()


@pytest.mark.parametrize("kind", [*INDEXES, f"{INDEXES[0]}; charset=utf-8"])
def test_an_index_is_known_by_its_type(kind: str) -> None:
    found = repository(lambda _: httpx.Response(200, content=b"{}", headers={"Content-Type": kind})).manifest("1.0")
    assert found == Manifest(f"sha256:{hashlib.sha256(b'{}').hexdigest()}", index=True)


def test_an_index_is_asked_for_and_a_single_image_too() -> None:
    accepted: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        accepted.extend(request.headers["Accept"].split(", "))
        return httpx.Response(404)

    assert repository(answer).manifest("1.0") is None
    assert accepted == [
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ]


def test_content_that_is_not_what_was_asked_for_by_digest_is_refused_whatever_the_header_says() -> None:
    asked, got = (f"sha256:{hashlib.sha256(text).hexdigest()}" for text in (b"asked", b"got"))
    answer = httpx.Response(200, content=b"got", headers={"Docker-Content-Digest": got})
    with pytest.raises(RegistryError, match=rf"^the content of {asked} has the digest {got}, not {asked}; do not use"):
        repository(lambda _: answer).manifest(asked)


@pytest.mark.parametrize(
    "failure",
    [httpx.Response(503), httpx.Response(429, headers={"Retry-After": "0"}), httpx.ReadTimeout("too slow")],
    ids=["503", "429", "timeout"],
)
def test_a_passing_failure_is_tried_again(failure: httpx.Response | Exception) -> None:
    turns = InTurn(failure, PLAIN)
    assert repository(turns, retries=1).tags() == ("1.0",)
    assert len(turns.asked) == 2


@pytest.mark.parametrize(
    ("failure", "line"),
    [
        (httpx.Response(503), f"{SERVER} answers 503 Service Unavailable"),
        (httpx.Response(429), f"{SERVER} answers 429 Too Many Requests; ask again later"),
        (httpx.ReadTimeout("too slow"), f"{SERVER}: no answer: too slow"),
        (httpx.ConnectTimeout(""), f"{SERVER}: no answer: ConnectTimeout"),
    ],
)
def test_a_failure_that_stays_makes_the_registry_unavailable(failure: httpx.Response | Exception, line: str) -> None:
    turns = InTurn(failure, failure, PLAIN)
    with pytest.raises(RegistryUnavailableError) as told:
        repository(turns, retries=1).tags()
    assert str(told.value) == line


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (httpx.Response(418), f"{SERVER} answers 418 I'm a teapot"),
        (httpx.Response(403), f"{SERVER} answers 403 Forbidden: no such image, or none that everybody may see"),
        (
            httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="https://people.test"'}),
            f"{SERVER} answers 401 Unauthorized: no such image, or none that everybody may see",
        ),
        (
            httpx.Response(401, headers={"WWW-Authenticate": 'Bearer realm="file:///etc/passwd"'}),
            f"{SERVER} answers 401 Unauthorized: no such image, or none that everybody may see",
        ),
    ],
)
def test_a_refusal_is_told_and_not_tried_again(answer: httpx.Response, line: str) -> None:
    turns = InTurn(answer)
    with pytest.raises(RegistryError) as told:
        repository(turns, retries=1).tags()
    assert (type(told.value), str(told.value)) == (RegistryError, line)


def refusal() -> httpx.Response:
    return httpx.Response(401, headers={"WWW-Authenticate": CHALLENGE})


@pytest.mark.parametrize("name", ["token", "access_token"])
def test_a_token_is_fetched_as_the_registry_says_and_kept(name: str) -> None:
    turns = InTurn(refusal(), httpx.Response(200, json={name: "t"}), PLAIN, httpx.Response(404))
    asking = repository(turns)
    assert (asking.tags(), asking.manifest("1.0")) == (("1.0",), None)
    tags = f"{SERVER}/v2/{NAME}/tags/list?n=1000"
    assert turns.asked == [
        (tags, None),
        ("https://auth.test/token?service=registry.test&scope=repository%3Alibrary%2Fthing%3Apull", None),
        (tags, "Bearer t"),
        (f"{SERVER}/v2/{NAME}/manifests/1.0", "Bearer t"),
    ]


def test_an_expired_token_is_fetched_anew() -> None:
    first, second = (httpx.Response(200, json={"token": value}) for value in ("first", "second"))
    turns = InTurn(refusal(), first, PLAIN, refusal(), second, PLAIN)
    asking = repository(turns)
    assert [asking.tags() for _ in range(2)] == [("1.0",)] * 2
    assert [token for _, token in turns.asked] == [None, None, "Bearer first", "Bearer first", None, "Bearer second"]


def test_a_server_that_gives_its_own_tokens_is_asked_without_the_expired_one() -> None:
    realm = f"{SERVER}/proxy_auth?scope=repository:{NAME}:pull,push"
    refused = httpx.Response(401, headers={"WWW-Authenticate": f'Bearer realm="{realm}"'})
    turns = InTurn(refused, httpx.Response(200, json={"token": "t"}), PLAIN, refused, httpx.Response(403))
    asking = repository(turns)
    assert asking.tags() == ("1.0",)
    with pytest.raises(RegistryError):
        asking.tags()
    assert [asked for asked in turns.asked if "proxy_auth" in asked[0]] == [(realm, None), (realm, None)]


def test_another_server_does_not_see_the_token() -> None:
    link = "https://elsewhere.test/tags"
    turns = InTurn(refusal(), httpx.Response(200, json={"token": "t"}), page("1.0", link=link), page("2.0"))
    assert repository(turns).tags() == ("1.0", "2.0")
    assert turns.asked[-1] == (link, None)


def test_the_server_that_a_registry_sends_to_gets_the_token_that_it_asks_for() -> None:
    moved = httpx.Response(302, headers={"Location": "https://storage.test/tags"})
    turns = InTurn(moved, refusal(), httpx.Response(200, json={"token": "t"}), PLAIN)
    assert repository(turns).tags() == ("1.0",)
    assert turns.asked[-1] == ("https://storage.test/tags", "Bearer t")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (httpx.Response(404), "https://auth.test answers 404 Not Found"),
        (httpx.Response(403), "https://auth.test answers 403 Forbidden: no such image, or none that everybody may see"),
        (httpx.Response(500), "https://auth.test answers 500 Internal Server Error"),
        (httpx.Response(200, content=b"<html>"), "https://auth.test gives no token"),
        (httpx.Response(200, json={"token": ""}), "https://auth.test gives no token"),
    ],
)
def test_a_token_that_cannot_be_had_is_told_and_is_no_missing_tag(given: httpx.Response, line: str) -> None:
    with pytest.raises(RegistryError) as told:
        repository(InTurn(refusal(), given)).manifest("1.0")
    assert str(told.value) == line
