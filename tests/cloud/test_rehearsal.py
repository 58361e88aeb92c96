"""The commands of the README by which a new owner tries the verbs without an account, as processes of their own."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from pathlib import Path

import pytest

import infra.labs
from infra.errors import LabError
from infra.labs import ROOT
from infra.process import Completed, run, start
from testnode.patience import until
from tests.cloud import stage
from tests.lab_files import MINIMAL
from tests.readme import TEXT

COMMANDS = re.findall(r"^\.venv/bin/python (-m tests\.cloud\.rehearsal .*)$", TEXT, re.MULTILINE)
LAST = [
    r"[█▓▒·░]+",
    r"\d+ arrows hold",
    "gpu-lab runs",
    r"gpu-lab is parked; its volume is billed, \$30\.00 a month, and \./lab up resumes",
    r"\d+ arrows hold",
    "gpu-lab is gone",
]


def _given(command: str, cache: Path) -> Completed:
    words = [sys.executable, *command.split()]
    return run(words, cwd=ROOT, env={"XDG_CACHE_HOME": str(cache)}, timeout=300, check=False)


def test_the_commands_of_the_page_lead_through_a_labs_life_one_after_the_other(tmp_path: Path) -> None:
    done = [_given(command, tmp_path) for command in COMMANDS]
    assert [each.status for each in done] == [0] * len(LAST)
    ends = [each.stderr.splitlines()[-1] for each in done]
    assert [end for end, wanted in zip(ends, LAST, strict=True) if not re.fullmatch(wanted, end)] == []
    there = done[2].stdout.splitlines()
    assert [line.partition(" ")[0] for line in there] == ["droplet", "volume", "firewall", "machine"]
    assert done[4].stderr.startswith("+ droplet: gpu-")


def test_a_mistake_is_one_line_in_the_rehearsal_too(tmp_path: Path) -> None:
    done = _given("-m tests.cloud.rehearsal down --yes --delete-data other", tmp_path)
    line = "--delete-data: other is not the lab's name; to delete all its data give gpu-lab\n"
    assert (done.status, done.stdout, done.stderr) == (1, "", line)


def test_verbs_that_need_a_machine_are_refused(tmp_path: Path) -> None:
    done = _given("-m tests.cloud.rehearsal ssh", tmp_path)
    assert (done.status, done.stderr.startswith("rehearsal: give one of plan, up, ")) == (2, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["interrupted", "terminated"]
)
def test_a_slow_rehearsal_can_be_stopped_and_another_goes_on(
    tmp_path: Path, number: signal.Signals, status: int
) -> None:
    words = [sys.executable, "-m", "tests.cloud.rehearsal", "--slow", "up", "--yes"]
    log, state = tmp_path / "log", tmp_path / "gpu-lab/rehearsal/state/gpu-lab/gpu-lab/state.json"
    # A shell starts what runs in its background deaf to Ctrl-C, and these tests may run there.
    child = start(["env", "--default-signal", *words], env={"XDG_CACHE_HOME": str(tmp_path)}, cwd=ROOT, log=log)
    try:
        until(lambda: state.exists() and _has_a_droplet(state), 300, "a droplet is there")
        os.killpg(child.pid, number)
        assert child.wait(60) == status
    finally:
        child.kill()
        child.wait()
    said = log.read_text(encoding="utf-8")
    assert "\na droplet is billed until it is gone: ./lab up goes on, ./lab park ends it, ./lab status looks\n" in said
    done = _given("-m tests.cloud.rehearsal up --yes", tmp_path)
    assert (done.status, [line for line in done.stderr.splitlines() if line.startswith("+ ")]) == (0, [])


def test_a_fault_of_the_lab_file_is_a_line_in_the_rehearsal_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "minimal.toml").write_text(f'{MINIMAL}droplet.volume = "50000Gi"\n', encoding="utf-8")
    monkeypatch.setattr(infra.labs, "LABS", tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(SystemExit) as ended:
        stage.main(["plan"])
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (1, "")
    assert err == (
        f'{tmp_path}/minimal.toml: droplet.volume: "50000Gi" is too large: DigitalOcean has no larger volume; give at '
        "most 16Ti\n"
    )


def test_where_there_is_no_lab_file_that_is_a_line_in_the_rehearsal_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(infra.labs, "LABS", tmp_path)
    with pytest.raises(LabError) as caught:
        infra.labs.all_labs()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(SystemExit) as ended:
        stage.main(["plan"])
    assert (ended.value.code, *capsys.readouterr()) == (1, "", f"{caught.value}\n")


def test_a_lab_that_lost_its_file_is_told_in_the_rehearsal_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    labs = tmp_path / "labs"
    labs.mkdir()
    (labs / "minimal.toml").write_text(MINIMAL, encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for words, status in ((["up", "--yes", "--no-doctor"], 0), (["park", "--yes"], 4)):
        monkeypatch.setattr(infra.labs, "LABS", labs)
        with pytest.raises(SystemExit) as ended:
            stage.main(words)
        assert ended.value.code == status
        (labs / "minimal.toml").unlink(missing_ok=True)
        (labs / "other.toml").write_text(MINIMAL.replace('"minimal"', '"other"'), encoding="utf-8")
    told = [line.partition(" (")[0] for line in capsys.readouterr().err.splitlines() if "billed as well" in line]
    assert [line[: line.rindex("-")] for line in told] == [
        "  billed as well: droplet minimal",
        "  billed as well: volume minimal",
    ]


def _has_a_droplet(state: Path) -> bool:
    droplet = json.loads(state.read_text(encoding="utf-8"))["things"].get("droplet")
    return bool(droplet and droplet["id"])
