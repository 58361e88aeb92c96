"""What the README shows is what happens. Its commands for a cluster run in tests/cluster/test_readme.py."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from ailab.secrets import NEO4J_PASSWORD
from ailab.spec import SpecError, load
from infra import manifests
from infra.cli import lab
from infra.labs import DIST, ROOT
from tests.readme import TEXT, blocks, commands, way

PLACEHOLDERS = {"NAME"}


def _lab(folder: Path) -> Path:
    file = folder / "labs" / "small.toml"
    file.parent.mkdir()
    file.write_text(blocks("toml")[0], encoding="utf-8")
    return file


def test_the_lab_of_the_page_is_a_whole_one(tmp_path: Path) -> None:
    assert load(_lab(tmp_path)).name == "small"


def test_the_mistake_of_the_page_is_answered_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _lab(tmp_path)
    file.write_text(
        file.read_text(encoding="utf-8").replace("llama3.1:8b-instruct-q4_K_M", "llama3.1"), encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpecError) as caught:
        load(file.relative_to(tmp_path))
    assert blocks("text") == [f"{caught.value}\n"]


def test_every_command_of_the_page_is_one_of_the_program() -> None:
    assert len(commands()) >= 8
    for command in commands():
        words = [word for word in shlex.split(command)[1:] if word not in PLACEHOLDERS]
        current: click.Command = lab
        context = click.Context(lab)
        while isinstance(current, click.Group) and words:
            name = words.pop(0)
            found = current.get_command(context, name)
            assert found is not None, command
            current = found
        known = {option for parameter in current.params for option in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= known, command


def test_the_table_of_services_is_that_of_the_manifests() -> None:
    table = TEXT.partition("| service |")[2].partition("\n\n")[0].splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table if line.startswith("| `")]
    shown = {row[0].strip("`"): (row[1], re.findall(r"`(\w+)\.<tailnet>", row[4])) for row in rows}
    services = manifests.services(manifests.read(DIST / "gpu-lab"))
    # One host name of each is enough: the page says how the others are made.
    assert shown == {
        service.name: (", ".join(map(str, service.ports)), [host.partition(".")[0] for host in service.hosts[:1]])
        for service in services
    }


def test_the_way_to_neo4j_names_its_service_its_ports_and_its_password() -> None:
    objects = manifests.read(DIST / "gpu-lab")
    [neo4j] = (service for service in manifests.services(objects) if service.name == "neo4j")
    [namespace] = {item["metadata"]["namespace"] for item in objects if item["metadata"]["name"] == "neo4j"}
    ports = " ".join(map(str, neo4j.ports))
    assert way("kubectl --namespace") == [f"kubectl --namespace {namespace} port-forward service/neo4j {ports}"]
    assert {f"localhost:{port}" for port in neo4j.ports} == set(re.findall(r"localhost:\d+", TEXT))
    assert f"`./lab secrets show {NEO4J_PASSWORD.name}/{NEO4J_PASSWORD.key}`" in TEXT


def test_every_page_that_the_readme_names_is_there() -> None:
    names = {part.partition(")")[0] for part in TEXT.split("](")[1:]}
    assert {name for name in names if "://" not in name and not (ROOT / name).exists()} == set()
