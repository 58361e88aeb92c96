"""The command line as a whole: help, errors as one line, exit statuses."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import infra.labs
from infra import cli
from infra.labs import ROOT
from infra.process import Completed, run
from tests.lab_files import MINIMAL


def _lab(*words: str, check: bool = True) -> Completed:
    return run([sys.executable, "-m", "infra", *words], cwd=ROOT, timeout=60, check=check)


def test_the_help_names_every_verb_with_what_it_does() -> None:
    shown = _lab("--help").stdout
    assert shown.startswith("Usage: ./lab [OPTIONS] COMMAND [ARGS]...")
    for verb in cli.VERBS:
        [line] = (line for line in shown.splitlines() if line.strip().startswith(f"{verb} "))
        told = line.removeprefix(f"  {verb}").strip()
        assert told.endswith(".")
        assert not told.endswith("..."), "is cut off"


@pytest.mark.parametrize("verb", cli.VERBS)
def test_every_verb_and_all_below_it_have_a_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    def helps(*words: str) -> str:
        with pytest.raises(SystemExit) as ended:
            cli.lab.main([*words, "-h"], prog_name="./lab")
        assert ended.value.code == 0
        return capsys.readouterr().out

    shown = helps(verb)
    assert f"Usage: ./lab {verb} " in shown
    for line in shown.partition("Commands:\n")[2].splitlines():
        assert f"Usage: ./lab {verb} {line.split()[0]} " in helps(verb, line.split()[0])


@pytest.mark.parametrize(
    ("verb", "meant"),
    [
        ("sinth", "Did you mean 'synth'?"),
        ("stauts", "Did you mean 'status'?"),
        ("docter", "(Did you mean one of: 'cluster', 'docs', 'doctor'?)"),
        ("secret", "Did you mean 'secrets'?"),
    ],
)
def test_a_mistyped_verb_is_refused_in_one_line_that_names_the_nearest(verb: str, meant: str) -> None:
    done = _lab(verb, check=False)
    assert (done.status, done.stdout, done.stderr) == (2, "", f"Error: No such command '{verb}'. {meant}\n")


def test_a_word_that_is_like_no_verb_is_refused_with_where_the_verbs_are_listed() -> None:
    done = _lab("frobnicate", check=False)
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr.splitlines()[1:] == [
        "Try './lab --help' for help.",
        "",
        "Error: No such command 'frobnicate'.",
    ]


def test_what_is_mistyped_after_the_verb_is_answered_with_the_nearest_too() -> None:
    answers = {
        words: _lab(*words.split(), check=False).stderr.splitlines()[-1] for words in ("secrets sho", "up --yess")
    }
    assert answers == {
        "secrets sho": "Error: No such command 'sho'. Did you mean 'show'?",
        "up --yess": "Error: No such option '--yess'. Did you mean '--yes'?",
    }


def test_what_the_user_can_repair_is_one_line_and_status_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "minimal.toml").write_text(MINIMAL, encoding="utf-8")
    monkeypatch.setattr(infra.labs, "LABS", tmp_path)
    monkeypatch.setattr(sys, "argv", ["lab", "secrets", "show", "--lab", "another"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    out, err = capsys.readouterr()
    assert (out, err) == ("", "--lab: there is no lab another; give one of: minimal\n")


def test_the_faults_of_a_lab_file_are_a_line_each_and_status_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wrong.toml").write_text('name = 1\ntailnet = "x"\n', encoding="utf-8")
    monkeypatch.setattr(infra.labs, "LABS", tmp_path)
    monkeypatch.setattr(sys, "argv", ["lab", "synth"])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert (
        capsys.readouterr().err == 'wrong.toml: name: 1 is no text; write it in quotes, for example name = "gpu-lab"\n'
    )


def test_who_reads_no_further_is_told_nothing() -> None:
    done = run(["bash", "-c", f"{sys.executable} -m infra policy | true"], cwd=ROOT, timeout=60)
    assert (done.stdout, done.stderr) == ("", "")
