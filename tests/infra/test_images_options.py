"""`./lab images` where it asks nobody, or gets no whole answer."""

from __future__ import annotations

import hashlib
from typing import Final

import httpx
import pytest
from httpx_retries import Retry

from infra import images as verb
from infra.cli import lab
from infra.errors import LabError
from infra.registries.registry import INDEXES, http_client
from infra.registries.survey import Survey
from tests.infra.image_rows import HOST, image

NOBODY: Final = "http://127.0.0.1:9"  # no program listens on the port that is set apart for throwing away
NO_SERVER: Final = "--registry: give the host of an image's name and a server, e.g. docker.io=https://mirror.example"


def _lab(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(verb, "ALL", (image("one", "1.2.0"),))
    lab.main(["images", *words], standalone_mode=False)


def test_a_registry_that_does_not_answer_is_one_line_and_asked_once() -> None:
    with http_client() as client:
        survey = Survey(client, {HOST: NOBODY}, Retry(total=1))
        for row in (image("one", "1.0.0"), image("two", "1.0.0", floor="1.1")):
            survey.ask(row)
    assert list(survey.lines()) == [
        f"{HOST}/two:1.0.0: is below the floor 1.1: a flaw",
        f"{HOST}: {NOBODY}: no answer: [Errno 111] Connection refused; no whole answer about: {HOST}/one, {HOST}/two",
    ]
    assert survey.to_do == 2


@pytest.mark.parametrize(
    ("refusal", "line"),
    [
        (403, f"{HOST}/one:1.0: https://{HOST} answers 403 Forbidden: no such image, or none that everybody may see"),
        (503, f"{HOST}: https://{HOST} answers 503 Service Unavailable; no whole answer about: {HOST}/one"),
    ],
)
def test_what_is_known_of_a_tag_is_told_also_where_there_is_no_list_of_tags(refusal: int, line: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/tags/list"):
            return httpx.Response(refusal)
        return httpx.Response(200, content=b"{}", headers={"Content-Type": INDEXES[0]})

    survey = Survey(httpx.Client(transport=httpx.MockTransport(answer)), {}, Retry(total=0))
    survey.ask(image("one", "1.0", f"sha256:{hashlib.sha256(b'{}').hexdigest()}"))
    assert list(survey.lines()) == [f"{HOST}/one:1.0: is what its digest says", line]
    assert survey.to_do == 1


def test_a_name_that_no_image_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LabError, match=r"^registry\.test/on: no such image; docs/images\.md lists them$"):
        _lab(monkeypatch, f"{HOST}/on")


@pytest.mark.parametrize(
    "option",
    [
        "",
        HOST,
        f"{HOST}=",
        f"{HOST}=mirror.test",
        f"{HOST}=ftp://m.test",
        f"{HOST}=https://m.test/v2",
        "=https://m.test",
    ],
)
def test_a_mirror_that_is_no_server_is_refused(monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    with pytest.raises(LabError) as refused:
        _lab(monkeypatch, "--registry", option)
    assert str(refused.value) == NO_SERVER


def test_a_password_among_the_arguments_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LabError) as refused:
        _lab(monkeypatch, "--registry", f"{HOST}=https://me:canary@mirror.test")
    assert str(refused.value) == NO_SERVER


def test_a_mirror_for_a_registry_that_no_image_is_from_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        LabError, match=r"^--registry: other\.test: no image is from there; docs/images\.md lists them$"
    ):
        _lab(monkeypatch, "--registry", "other.test=https://mirror.test")
