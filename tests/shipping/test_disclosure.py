"""What is in a configuration and must not be shipped: each fixture's name says what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Final

import pytest

import infra.credentials
import infra.secrets
from ailab.secrets import PROVIDER_KEYS
from ailab.spec import LabSpec
from infra.changes import changes
from infra.errors import LabError
from infra.labs import ROOT
from infra.operator import Equipment
from infra.shipping.bundle import tree
from infra.shipping.disclosure import KINDS, LOCK, SHORTEST, Known, fault
from infra.shipping.flake import Flake
from infra.shipping.host import NixosHost
from infra.ssh import Login
from tests.canaries import CANARIES, Search

FIXTURES: Final = Path(__file__).parents[1] / "fixtures" / "undisclosed"
WRONG: Final = sorted(folder for folder in FIXTURES.iterdir() if folder.is_dir())
LAB: Final = "gpu-lab"
[ANTHROPIC] = PROVIDER_KEYS["anthropic"]
VALUE: Final = CANARIES[ANTHROPIC]
TOKEN: Final = "canary-of-the-cloud"
KNOWN: Final = (Known("ANTHROPIC_API_KEY", VALUE), Known("DIGITALOCEAN_TOKEN", TOKEN))
LOGIN: Final = Login("192.0.2.1", LAB, Path("none"), Path("none"))


def _line(folder: Path) -> str:
    return folder.with_suffix(".txt").read_text(encoding="utf-8").rstrip("\n")


@pytest.mark.parametrize("folder", WRONG, ids=lambda folder: folder.name)
def test_it_is_refused_in_the_words_of_its_txt_and_no_value_is_in_the_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FIXTURES)
    with pytest.raises(LabError) as caught:
        Flake.read(Path(folder.name), LAB, KNOWN)
    assert str(caught.value) == _line(folder)
    assert Search((VALUE, TOKEN)).in_error(caught.value) == []


def test_each_expected_answer_belongs_to_a_fixture() -> None:
    assert {file.stem for file in FIXTURES.glob("*.txt")} == {folder.name for folder in WRONG}


def test_each_fixture_is_one_file() -> None:
    counts = {folder.name: sum(entry.content is not None for entry in tree(folder)) for folder in WRONG}
    assert counts == dict.fromkeys(counts, 1)


def test_the_configuration_of_this_repository_is_of_these_kinds() -> None:
    files = [entry.path for entry in Flake.read(ROOT / "nixos", LAB, KNOWN).files if entry.content is not None]
    assert {path.suffix for path in files} - {LOCK.suffix} == {*KINDS} - {".md"}


@pytest.mark.parametrize("name", ["tests/tls.pem", "README.md", "labs/another.json", "flake.lock.new"])
def test_what_is_not_shipped_may_be_anything(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(f"-----BEGIN PRIVATE KEY-----\n{VALUE}\n", encoding="utf-8")
    assert [str(entry.path) for entry in Flake.read(tmp_path, LAB, KNOWN).files if entry.content is not None] == []


def test_a_value_that_may_stand_anywhere_by_chance_is_not_looked_for(tmp_path: Path) -> None:
    (tmp_path / "flake.nix").write_text("{ services.openssh.enable = true; }\n", encoding="utf-8")
    short, long = Known("AZURE_API_BASE", "openssh"), Known("AZURE_API_BASE", "services.openssh")
    assert len(short.value) == SHORTEST - 1
    assert fault(tree(tmp_path), [short]) is None
    assert fault(tree(tmp_path), [short, long]) == (PurePosixPath("flake.nix"), "has the value of AZURE_API_BASE")


def test_a_lock_is_of_a_configuration_in_its_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "flake.lock").write_text("{}\n", encoding="utf-8")
    assert fault(tree(tmp_path), KNOWN) is None


def _check(folder: Path, spec: LabSpec) -> None:
    NixosHost(known=KNOWN, configuration=folder).check(spec)


def _order(folder: Path, spec: LabSpec) -> object:
    return NixosHost(known=KNOWN, configuration=folder).user_data(spec, folder.parent / "state")


def _compare(folder: Path, spec: LabSpec) -> object:
    return changes(spec, LOGIN, folder)


@pytest.mark.parametrize("way", [_check, _order, _compare], ids=lambda way: way.__name__.strip("_"))
def test_each_way_that_reads_a_configuration_gives_the_same_line(
    tmp_path: Path, spec: LabSpec, way: Callable[[Path, LabSpec], object]
) -> None:
    (tmp_path / "nixos").mkdir()
    (tmp_path / "nixos" / "flake.nix").write_text("{ }\n", encoding="utf-8")
    (tmp_path / "nixos" / "tls.pem").write_text("-----BEGIN CERTIFICATE-----\n", encoding="utf-8")
    with pytest.raises(LabError) as caught:
        way(tmp_path / "nixos", spec)
    assert str(caught.value) == (
        f"{tmp_path}/nixos/tls.pem: is none of .json, .md, .nix, .sh and flake.lock, of which a configuration is made, "
        f"and what is shipped from {tmp_path}/nixos can be read by everybody on the machine, in Nix's store; take it "
        "out of there"
    )
    assert not (tmp_path / "state").exists()


def test_the_secrets_that_are_known_are_those_of_the_file_and_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in [*infra.credentials.REPAIRS, *(row.variable for row in CANARIES)]:
        monkeypatch.delenv(variable, raising=False)
    file = tmp_path / ".env"
    file.write_text("ANTHROPIC_API_KEY=of-the-file\nTAILSCALE_CLIENT_SECRET=net\nHOME=/\nXAI_API_KEY=\n", "utf-8")
    file.chmod(0o600)
    for module in (infra.credentials, infra.secrets):
        monkeypatch.setattr(module, "ENV_FILE", file)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "of-the-shell")
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", TOKEN)
    monkeypatch.setenv("TAILSCALE_CLIENT_ID", "no secret")
    host = Equipment().host
    assert isinstance(host, NixosHost)
    assert {*host.known} == {
        Known("ANTHROPIC_API_KEY", "of-the-file"),
        Known("ANTHROPIC_API_KEY", "of-the-shell"),
        Known("DIGITALOCEAN_TOKEN", TOKEN),
        Known("TAILSCALE_CLIENT_SECRET", "net"),
    }
    assert Search((TOKEN, "of-the-file")).in_text(repr(host)) == []
