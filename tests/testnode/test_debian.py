"""Packages of Debian are installed, and start nothing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from infra import process
from infra.errors import LabError
from infra.process import Completed, run
from testnode import debian


class Apt:
    """Takes the place of `run`: a machine that lacks every package; asks the policy while it installs."""

    def __init__(self) -> None:
        self.installed: list[str] = []
        self.answers: list[int] = []
        self.fails = False

    def __call__(self, words: Sequence[str], *, check: bool = True, **_: object) -> Completed:
        if "install" in words:
            self.installed.append(words[-1])
            self.answers.append(_may_start())
            if self.fails:
                message = "apt-get: ended with status 100"
                raise LabError(message)
        return Completed(int(not check), "", "")


def _may_start() -> int:
    """Ask as a package does; returns the policy's exit status."""
    return run([debian.POLICY, "docker-registry", "start"], timeout=10, check=False).status


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Apt:
    apt = Apt()
    monkeypatch.setattr(debian, "POLICY", tmp_path / "policy-rc.d")
    monkeypatch.setattr(process, "run", apt)
    return apt


def _install() -> None:
    debian.install(("docker-registry",), lambda _line: None)


def test_a_package_may_not_start_its_service_and_afterwards_others_may_again(apt: Apt) -> None:
    _install()
    assert (apt.installed, apt.answers) == (["docker-registry"], [101])
    assert not debian.POLICY.exists()


def test_the_policy_is_gone_after_a_failure_too(apt: Apt) -> None:
    apt.fails = True
    with pytest.raises(LabError, match=r"^this machine lacks docker-registry and apt-get did not install them: .*$"):
        _install()
    assert not debian.POLICY.exists()


def test_the_policy_of_the_machines_owner_stays_as_it_is(apt: Apt) -> None:
    debian.POLICY.write_text("#!/bin/sh\nexit 104\n", encoding="utf-8")
    debian.POLICY.chmod(0o755)
    _install()
    assert apt.answers == [104]
    assert debian.POLICY.read_text(encoding="utf-8") == "#!/bin/sh\nexit 104\n"


def test_a_policy_that_was_left_behind_by_a_killed_run_forbids_nothing_until_the_next_one(apt: Apt) -> None:
    program = (
        "import os, pathlib, sys; from testnode import debian; debian.POLICY = pathlib.Path(sys.argv[1]);"
        "held = debian._no_service_starts(); held.__enter__(); os._exit(9)"
    )
    run([sys.executable, "-c", program, debian.POLICY], timeout=60, env={"PYTHONPATH": ":".join(sys.path)}, check=False)
    assert _may_start() == 0
    _install()
    assert apt.answers == [101]
    assert not debian.POLICY.exists()


def test_a_folder_that_cannot_be_written_is_told_in_one_line(apt: Apt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "POLICY", Path("no", "such", "folder"))
    with pytest.raises(LabError, match=r"^this machine lacks docker-registry .*: .*No such file"):
        _install()
    assert apt.installed == []
