"""`./lab images` where it asks nobody, or nobody answers."""

from __future__ import annotations

from typing import Final

import pytest
from httpx_retries import Retry

from infra import images as verb
from infra.cli import lab
from infra.errors import LabError
from infra.image_survey import Survey
from infra.registry import browser
from tests.infra.image_rows import HOST, image

NOBODY: Final = "http://127.0.0.1:9"  # no program listens on the port that is set apart for throwing away
NO_SERVER: Final = "--registry: give the host of an image's name and a server, e.g. docker.io=https://mirror.example"


def _lab(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(verb, "ALL", (image("one", "1.2.0"),))
    lab.main(["images", *words], standalone_mode=False)


def test_a_registry_that_does_not_answer_is_one_line_and_asked_once() -> None:
    with browser() as client:
        survey = Survey(client, {HOST: NOBODY}, Retry(total=1))
        for row in (image("one", "1.0.0"), image("two", "1.0.0", floor="1.1")):
            survey.ask(row)
    assert list(survey.lines()) == [
        f"{HOST}/two:1.0.0: is below the floor 1.1: a flaw",
        f"{HOST}: {NOBODY}: no answer: [Errno 111] Connection refused; not asked about: {HOST}/one, {HOST}/two",
    ]
    assert survey.to_do == 2


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
