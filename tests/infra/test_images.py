"""`./lab images` against a real registry, Debian's: what is told of an image, and which status follows."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest
from httpx_retries import Retry

from ailab.images import Image
from infra import cli
from infra import images as verb
from infra.cli import lab
from infra.registries.registry import http_client
from infra.registries.survey import Survey
from tests.infra.distribution import Distribution, distribution
from tests.infra.image_rows import HOST, image
from tests.infra.token_server import SERVICE, token_server

pytestmark = pytest.mark.needs("docker-registry")

ABSENT: Final = "sha256:" + "0" * 64
WRITE: Final = "into its row of constructs/ailab/images.py"
NO_SUCH: Final = "no such image, or none that everybody may see"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Distribution]:
    with distribution(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture
def told(registry: Distribution) -> Callable[..., tuple[list[str], int]]:
    """Ask about images, and give all lines with the number of images that need something."""

    def ask(*images: Image, server: str = registry.address) -> tuple[list[str], int]:
        with http_client() as client:
            survey = Survey(client, {HOST: server}, Retry(total=1))
            for each in images:
                survey.ask(each)
        return list(survey.lines()), survey.to_do

    return ask


Told = Callable[..., tuple[list[str], int]]


def test_a_tag_that_leads_to_its_digest_needs_nothing(registry: Distribution, told: Told) -> None:
    digest = registry.push_index("same", ["1.2.0"])
    assert told(image("same", "1.2.0", digest)) == ([f"{HOST}/same:1.2.0: is what its digest says"], 0)


def test_an_image_without_a_digest_gets_the_line_to_write(registry: Distribution, told: Told) -> None:
    digest = registry.push_index("bare", ["1.2.0"])
    line = f'{HOST}/bare:1.2.0: has no digest; write digest="{digest}", {WRITE}'
    assert told(image("bare", "1.2.0")) == ([line], 1)


def test_a_tag_that_has_moved_is_told_with_its_new_digest(registry: Distribution, told: Told) -> None:
    known = registry.push_index("moved", ["1.2.0"], "before")
    now = registry.push_index("moved", ["1.2.0"], "after")
    line = (
        f"{HOST}/moved:1.2.0: the tag has moved, the known digest is still served; look at what changed, "
        f'then write digest="{now}", {WRITE}'
    )
    assert told(image("moved", "1.2.0", known)) == ([line], 1)


def test_a_digest_that_the_registry_does_not_have_is_told(registry: Distribution, told: Told) -> None:
    now = registry.push_index("gone", ["1.2.0"])
    line = (
        f"{HOST}/gone:1.2.0: the tag has moved, the known digest is gone; look at what changed, "
        f'then write digest="{now}", {WRITE}'
    )
    assert told(image("gone", "1.2.0", ABSENT)) == ([line], 1)


def test_the_digest_of_one_platform_is_not_enough(registry: Distribution, told: Told) -> None:
    one = registry.push_image("platform", "amd64")
    index = registry.push_index("platform", ["1.2.0"])
    line = f'{HOST}/platform:1.2.0: the known digest is that of one platform alone; write digest="{index}", {WRITE}'
    assert told(image("platform", "1.2.0", one)) == ([line], 1)


def test_of_a_tag_without_an_index_no_digest_is_taken(registry: Distribution, told: Told) -> None:
    registry.push_image("single", "1.2.0")
    line = f"{HOST}/single:1.2.0: is an image for one platform alone; take a tag that leads to an index of several"
    assert told(image("single", "1.2.0")) == ([line], 1)


def test_a_missing_tag_is_told(registry: Distribution, told: Told) -> None:
    digest = registry.push_index("tagless", ["1.1.0"])
    lines = [
        f"{HOST}/tagless:1.2.0: no such tag; the known digest is still served",
        f"{HOST}/tagless:1.3.0: no such tag",
    ]
    assert told(image("tagless", "1.2.0", digest), image("tagless", "1.3.0")) == (lines, 2)


def test_an_image_that_the_registry_does_not_know_is_told(registry: Distribution, told: Told) -> None:
    lines = [f"{HOST}/unknown:1.2.0: no such tag", f"{HOST}/unknown:1.2.0: no such image at {registry.address}"]
    assert told(image("unknown", "1.2.0")) == (lines, 1)


def test_content_that_its_digest_does_not_fit_is_refused(registry: Distribution, told: Told) -> None:
    digest = registry.push_index("forged", ["1.2.0"])
    content = b'{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []}'
    registry.replace(digest, content)
    [line], to_do = told(image("forged", "1.2.0", digest))
    assert line.startswith(f"{HOST}/forged:1.2.0: the content of 1.2.0 has the digest sha256:")
    assert line.endswith(f", not {digest}; do not use it")
    assert to_do == 1


def test_a_tag_below_its_floor_is_told_with_the_reason(registry: Distribution, told: Told) -> None:
    digest = registry.push_index("old", ["1.2.0"])
    lines = [f"{HOST}/old:1.2.0: is below the floor 1.2.1: a flaw", f"{HOST}/old:1.2.0: is what its digest says"]
    assert told(image("old", "1.2.0", digest, floor="1.2.1")) == (lines, 1)


def test_newer_versions_are_told_and_are_nothing_to_do(registry: Distribution, told: Told) -> None:
    digest = registry.push_index("newer", ["1.2.0", "1.10.0", "1.3.0", "2.0.0", "2.1.0-rc1", "1.1.9", "latest"])
    lines = [f"{HOST}/newer:1.2.0: is what its digest says", f"{HOST}/newer:1.2.0: newer: 1.10.0, 2.0.0"]
    assert told(image("newer", "1.2.0", digest)) == (lines, 0)


def test_a_rolling_tag_is_compared_by_its_date(registry: Distribution, told: Told) -> None:
    digest = registry.push_index("rolling", ["2026.10.7-6671d89be", "2026.10.12-0123abcde", "2026.9.30-fedcba987"])
    lines = [
        f"{HOST}/rolling:2026.10.7-6671d89be: is what its digest says",
        f"{HOST}/rolling:2026.10.7-6671d89be: newer (by their dates: a commit has no order): 2026.10.12-0123abcde",
    ]
    assert told(image("rolling", "2026.10.7-6671d89be", digest)) == (lines, 0)


@pytest.mark.needs("openssl")
def test_a_token_is_fetched_for_one_repository_and_for_pulling_alone(
    registry: Distribution, told: Told, tmp_path: Path
) -> None:
    digest = registry.push_index("public", ["1.2.0"])
    registry.push_index("private", ["1.2.0"])
    with (
        token_server(tmp_path, "public") as tokens,
        distribution(registry.storage.parent, tokens.login) as guarded,
    ):
        lines, to_do = told(image("public", "1.2.0", digest), image("private", "1.2.0"), server=guarded.address)
    refusal = f"{tokens.address.removesuffix('/token')} answers 403 Forbidden: {NO_SUCH}"
    assert lines == [f"{HOST}/public:1.2.0: is what its digest says", f"{HOST}/private:1.2.0: {refusal}"]
    assert to_do == 1
    assert tokens.asked == [(SERVICE, "repository:public:pull"), (SERVICE, "repository:private:pull")]


@pytest.mark.needs("openssl")
def test_the_registry_lets_nobody_in_without_its_token(registry: Distribution, told: Told, tmp_path: Path) -> None:
    """Otherwise the test before would show nothing."""
    registry.push_index("public", ["1.2.0"])
    with (
        token_server(tmp_path) as tokens,
        token_server(_folder(tmp_path / "another"), "public") as another,
        distribution(registry.storage.parent, {**tokens.login, "realm": another.address}) as guarded,
    ):
        lines, to_do = told(image("public", "1.2.0"), server=guarded.address)
    assert lines == [f"{HOST}/public:1.2.0: {guarded.address} answers 401 Unauthorized: {NO_SUCH}"]
    assert to_do == 1


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _lab(monkeypatch: pytest.MonkeyPatch, images: Sequence[Image], *words: str) -> None:
    monkeypatch.setattr(verb, "ALL", tuple(images))
    lab.main(["images", *words], standalone_mode=False)


def test_the_command_prints_its_lines_and_ends_well_where_nothing_is_to_be_done(
    registry: Distribution, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = registry.push_index("fine", ["1.2.0", "1.3.0"])
    _lab(monkeypatch, [image("fine", "1.2.0", digest)], "--registry", f"{HOST}={registry.address}/")
    out, err = capsys.readouterr()
    assert out == f"{HOST}/fine:1.2.0: is what its digest says\n{HOST}/fine:1.2.0: newer: 1.3.0\n"
    assert err == ""


def test_the_command_has_status_1_where_something_is_to_be_done(
    registry: Distribution, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = registry.push_index("mixed", ["1.2.0"])
    rows = image("mixed", "1.2.0", digest), image("mixed", "1.2.1")
    monkeypatch.setattr(verb, "ALL", rows)
    monkeypatch.setattr(sys, "argv", ["lab", "images", "--registry", f"{HOST}={registry.address}"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert capsys.readouterr() == (
        f"{HOST}/mixed:1.2.0: is what its digest says\n{HOST}/mixed:1.2.1: no such tag\n",
        "1 of 2 images need something, as told above\n",
    )


def test_the_command_asks_about_the_named_images_alone(
    registry: Distribution, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = registry.push_index("named/one", ["1.2.0"])
    rows = image("named/one", "1.2.0", digest), image("named/one-more", "1.2.0")
    _lab(monkeypatch, rows, "--registry", f"{HOST}={registry.address}", f"{HOST}/named/one")
    assert capsys.readouterr().out == f"{HOST}/named/one:1.2.0: is what its digest says\n"
