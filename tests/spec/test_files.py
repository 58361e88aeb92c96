"""Lab files: what loads, and every word of what is said about one that does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ailab.spec import SpecError, load
from tests.lab_files import INVALID, MINIMAL, VALID


def _faults(path: Path) -> str:
    with pytest.raises(SpecError) as caught:
        load(path)
    return str(caught.value)


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_a_valid_file_loads(file: Path) -> None:
    assert load(file).name == file.stem


@pytest.mark.parametrize("file", INVALID, ids=lambda file: file.stem)
def test_an_invalid_file_is_answered_in_the_words_of_its_txt(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    assert _faults(Path(file.name)) + "\n" == file.with_suffix(".txt").read_text(encoding="utf-8")


def test_each_expected_answer_belongs_to_an_invalid_file() -> None:
    assert {file.stem for file in INVALID[0].parent.glob("*.txt")} == {file.stem for file in INVALID}


def test_no_answer_shows_words_of_the_libraries_or_a_value_as_python_writes_it() -> None:
    answers = "".join(file.with_suffix(".txt").read_text(encoding="utf-8") for file in INVALID)
    for word in ("Input should", "valid dictionary", "None", "True", "{'", "['", "datetime", "[type="):
        assert word not in answers


def test_a_missing_file_is_told_with_where_labs_are(tmp_path: Path) -> None:
    path = tmp_path / "lost.toml"
    assert _faults(path) == f"{path}: no such file; labs are the files labs/<name>.toml"


def test_a_folder_is_told_to_be_one(tmp_path: Path) -> None:
    assert _faults(tmp_path) == f"{tmp_path}: cannot be read (Is a directory); labs are the files labs/<name>.toml"


def test_a_file_with_a_byte_order_mark_loads(tmp_path: Path) -> None:
    path = tmp_path / "minimal.toml"
    path.write_text(MINIMAL, encoding="utf-8-sig")
    assert load(path).name == "minimal"


@pytest.mark.parametrize("text", [f"number = {'9' * 5000}", f"list = {'[' * 5000}"], ids=["long number", "deep list"])
def test_what_is_toml_only_in_theory_is_told_as_no_toml(text: str, tmp_path: Path) -> None:
    path = tmp_path / "strange.toml"
    path.write_text(text, encoding="utf-8")
    assert _faults(path).startswith(f"{path}: is no TOML: ")
