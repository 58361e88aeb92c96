"""The documents that are made from the code."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema_rs
import pytest

import infra.docs
from ailab.images import ALL
from ailab.secrets import TABLE, Origin
from infra.cli import lab
from infra.credentials import REPAIRS
from infra.docs import DOCUMENTS
from infra.documents.spec_reference import schema
from infra.labs import LABS, ROOT, shortest
from tests.lab_files import INVALID, VALID

DOCS = ROOT / "docs"


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_a_document_is_what_the_code_says(file: Path) -> None:
    stale = f"{shortest(file)} is stale: run ./lab docs and commit it"
    assert file.read_text(encoding="utf-8") == DOCUMENTS[file](), stale


def test_the_command_writes_every_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    documents = {tmp_path / "one": "one".upper, tmp_path / "docs" / "two": "two".upper}
    monkeypatch.setattr(infra.docs, "DOCUMENTS", documents)
    monkeypatch.chdir(tmp_path)
    lab.main(["docs"], standalone_mode=False)
    assert [file.read_text(encoding="utf-8") for file in documents] == ["ONE", "TWO"]
    assert capsys.readouterr().err == "one\ndocs/two\n"


def test_every_key_has_a_type_a_default_a_description_and_an_example() -> None:
    rows = [line for line in (DOCS / "spec.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert len(rows) > 25
    assert [row for row in rows if "|  |" in row] == []


def test_every_image_is_in_the_table_and_each_without_a_digest_is_a_gap() -> None:
    text = (DOCS / "images.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == [image.repository for image in ALL]
    assert [" GAP " in row for row in rows] == [image.digest is None for image in ALL]


def test_the_example_of_an_env_file_names_each_given_key_once_and_sets_none() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    assert all(line.startswith("#") for line in lines if line)
    named = [line[1:-1] for line in lines if line.endswith("=")]
    assert named == [*(row.variable for row in TABLE if row.origin is Origin.GIVEN), *REPAIRS]


def test_a_lab_file_names_the_schema_that_its_editor_reads() -> None:
    for file in LABS.glob("*.toml"):
        first = file.read_text(encoding="utf-8").splitlines()[0]
        assert first == "#:schema ../docs/lab.schema.json"
    assert DOCS / "lab.schema.json" in DOCUMENTS


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_editors_accept_what_loads(file: Path) -> None:
    jsonschema_rs.validator_for(json.loads(schema())).validate(tomllib.loads(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", ["unknown-key", "key-missing-in-a-table", "no-such-choice", "number-out-of-range"])
def test_editors_mark_what_types_alone_refuse(name: str) -> None:
    [file] = (file for file in INVALID if file.stem == name)
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    assert not jsonschema_rs.validator_for(json.loads(schema())).is_valid(content)
