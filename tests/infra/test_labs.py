"""Which labs there are, and which one a command means."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import infra.labs
from ailab.spec import SpecError
from infra.errors import LabError
from infra.labs import all_labs, one_lab, shortest
from tests.lab_files import MINIMAL, MINIMAL_APART


@pytest.fixture
def labs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have no lab yet, in a folder `labs` of the current one."""
    folder = tmp_path / "labs"
    folder.mkdir()
    monkeypatch.setattr(infra.labs, "LABS", folder)
    monkeypatch.chdir(tmp_path)
    return folder


def _write(folder: Path, name: str, text: str = MINIMAL_APART) -> None:
    (folder / f"{name}.toml").write_text(text.replace("minimal", name), encoding="utf-8")


def test_a_path_below_the_current_folder_is_shown_from_there(labs: Path) -> None:
    assert shortest(labs / "a.toml") == Path("labs/a.toml")
    assert shortest(Path("/etc/hosts")) == Path("/etc/hosts")


def test_labs_are_in_the_order_of_their_names(labs: Path) -> None:
    _write(labs, "two")
    _write(labs, "one")
    assert [spec.name for spec in all_labs()] == ["one", "two"]


def test_two_labs_of_one_namespace_are_refused(labs: Path) -> None:
    _write(labs, "one", MINIMAL)
    _write(labs, "two", MINIMAL)
    with pytest.raises(SpecError) as caught:
        all_labs()
    repair = 'give each lab its own, for example namespace = "two"'
    assert caught.value.faults == (
        f'labs/two.toml: namespace: "ai-lab" is also a namespace of labs/one.toml; {repair}',
    )


@pytest.mark.parametrize("another", ["aaa", "zzz"])
def test_a_lab_in_the_namespace_of_what_another_has_on_the_machine_is_refused(labs: Path, another: str) -> None:
    _write(labs, "one", MINIMAL)
    _write(labs, another, MINIMAL + 'namespace = "one-system"\n')
    with pytest.raises(SpecError) as caught:
        all_labs()
    repair = f'give each lab its own, for example namespace = "{another}"'
    wrong = f'labs/{another}.toml: namespace: "one-system" is also a namespace of labs/one.toml'
    assert caught.value.faults == (f"{wrong}; {repair}",)


def test_the_faults_of_all_files_are_told_together(labs: Path) -> None:
    _write(labs, "right")
    _write(labs, "wrong", "name = 1")
    _write(labs, "worse", "name = ")
    with pytest.raises(SpecError) as caught:
        all_labs()
    files = [line.partition(":")[0] for line in caught.value.faults]
    assert files == ["labs/worse.toml", "labs/wrong.toml", "labs/wrong.toml"]


def test_without_any_lab_it_is_told_to_write_one(labs: Path) -> None:
    assert labs.exists()
    missing = re.escape("labs: no lab file; write labs/<name>.toml, see docs/spec.md")
    with pytest.raises(LabError, match=missing):
        all_labs()
    with pytest.raises(LabError, match=missing):
        one_lab("one")


def test_the_only_lab_needs_no_name(labs: Path) -> None:
    _write(labs, "one")
    assert one_lab(None).name == one_lab("one").name == "one"


def test_of_several_labs_one_must_be_named(labs: Path) -> None:
    _write(labs, "one")
    _write(labs, "two")
    assert one_lab("two").name == "two"
    with pytest.raises(LabError, match=r"^--lab: missing; give one of: one, two$"):
        one_lab(None)


def test_a_faulty_file_of_another_lab_does_not_stop_a_named_one(labs: Path) -> None:
    _write(labs, "one")
    _write(labs, "wrong", "name = 1")
    assert one_lab("one").name == "one"


def test_an_unknown_lab_is_answered_with_those_that_there_are(labs: Path) -> None:
    _write(labs, "one")
    _write(labs, "two")
    with pytest.raises(LabError, match=r"^--lab: there is no lab three; give one of: one, two$"):
        one_lab("three")
