"""`./lab test`: which tiers run, and what is said of those that do not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import testnode.build
from infra import suite
from infra.cli import lab
from infra.errors import LabError
from infra.process import Completed


class Runs:
    """Takes the place of `run`: keeps the words of each pytest, answers with given statuses."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.words: list[tuple[str, ...]] = []

    def __call__(self, words: Sequence[str], **_: object) -> Completed:
        self.words.append(tuple(words[3:]))
        return Completed(self.statuses.pop(0), "", "")


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Name the programs of the node that the machine lacks; none until a test adds some."""
    programs: list[str] = []
    monkeypatch.setattr(testnode.build, "missing", lambda: programs)
    monkeypatch.setattr(testnode.build, "missing_for_host", tuple)
    monkeypatch.setattr(testnode.build, "build", lambda _say: None)
    return programs


def _test(monkeypatch: pytest.MonkeyPatch, runs: Runs, *words: str) -> None:
    monkeypatch.setattr(suite, "run", runs)
    lab.main(["test", *words], standalone_mode=False)


FAST = ("-m", "not host and not node and not apiserver and not long", "--numprocesses=auto", "--dist=worksteal")
HOST = ("-m", "host and not long")
NODE = ("-m", "(node or apiserver) and not long")
LONG = ("-m", "long")


@pytest.mark.usefixtures("missing")
def test_every_tier_runs_where_its_programs_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = Runs(0, 0, 0)
    _test(monkeypatch, runs, "-x", "tests/spec")
    assert runs.words == [(*tier, "-x", "tests/spec") for tier in (FAST, HOST, NODE)]
    assert capsys.readouterr().err == "time: fast 0 s, host 0 s, node 0 s\n"


@pytest.mark.usefixtures("missing")
def test_the_long_tier_runs_after_the_others_where_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = Runs(0, 0, 0, 0)
    _test(monkeypatch, runs, "--long")
    assert runs.words == [FAST, HOST, NODE, LONG]
    assert capsys.readouterr().err == "time: fast 0 s, host 0 s, node 0 s, long 0 s\n"


def test_the_hosts_tier_names_every_program_that_it_needs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert testnode.build.missing_for_host() == ("tailscale", "headscale", "openssh-server", "coredns", "nginx")


def test_the_fast_tier_alone_asks_for_no_programs(monkeypatch: pytest.MonkeyPatch, missing: list[str]) -> None:
    missing.append("etcd")
    runs = Runs(0)
    _test(monkeypatch, runs, "--fast")
    assert runs.words == [FAST]


def test_a_tier_that_does_not_run_is_named_with_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch, missing: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    missing += ["etcd", "kubelet"]
    runs = Runs(0, 0)
    _test(monkeypatch, runs)
    assert runs.words == [FAST, HOST]
    assert capsys.readouterr().err.splitlines() == [
        "NOT RUN: tier node (a Kubernetes node with the real programs); missing: etcd, kubelet",
        "./lab cluster build makes what is missing",
        "time: fast 0 s, host 0 s",
    ]


def test_when_all_is_asked_for_a_missing_program_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, missing: list[str]
) -> None:
    missing.append("etcd")
    with pytest.raises(LabError, match=r"^tier node: missing: etcd$"):
        _test(monkeypatch, Runs(0, 0), "--all")


@pytest.mark.usefixtures("missing")
def test_a_failed_tier_is_named_after_all_have_run(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = Runs(1, 0, 0)
    with pytest.raises(LabError, match=r"^failed: tier fast$"):
        _test(monkeypatch, runs)
    assert len(runs.words) == 3


@pytest.mark.usefixtures("missing")
def test_a_tier_without_any_of_the_named_tests_has_not_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    _test(monkeypatch, Runs(0, 0, suite.NOTHING_SELECTED), "tests/spec")


@pytest.mark.usefixtures("missing")
def test_a_tier_without_any_tests_at_all_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LabError, match=r"^failed: tier node$"):
        _test(monkeypatch, Runs(0, 0, suite.NOTHING_SELECTED))
