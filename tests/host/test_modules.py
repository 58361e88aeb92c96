"""The NixOS modules of a lab's host: they parse, evaluate for every lab, and repeat nothing that the facts say."""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ailab.host_facts import HostFacts
from ailab.spec import load
from infra.errors import LabError
from infra.labs import HOST_FACTS, LABS, ROOT
from tests.host.evaluation import NIXOS, Case, Host, OptionPath, evaluated_all, versions
from tests.host.examination import faults_of, unknown_to_nixos
from tests.host.nix import evaluate, parsed
from tests.host.options import DATA, ELSEWHERE
from tests.lab_files import VALID

NIX_FILES = sorted((*NIXOS.rglob("*.nix"), *Path(__file__).parent.glob("*.nix")))
MODULES = sorted(file for file in (NIXOS / "modules").glob("*.nix") if file.name != "default.nix")
LONGEST = 90
LAB_FILES = [*sorted(LABS.glob("*.toml")), *VALID]
Place = tuple[str | int, ...]
needs_nix = pytest.mark.needs("nix-instantiate")
needs_options = pytest.mark.skipif(not DATA.exists(), reason=f"NixOS's options are not beside the project: {DATA.name}")


@needs_nix
@pytest.mark.parametrize("file", NIX_FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_a_file_parses(file: Path) -> None:
    assert parsed(file) is None


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.name)
def test_a_module_is_one_concern_that_fits_a_screen_or_two(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LONGEST
    assert max(map(len, lines)) <= 120
    assert lines[0].startswith("# "), "the first line says what it is about"


def test_every_module_is_listed() -> None:
    listed = re.findall(
        r"^    \./(.+\.nix)$", (NIXOS / "modules" / "default.nix").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(listed) == [file.name for file in MODULES]


@pytest.fixture(scope="module")
def labs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Host]:
    """Evaluate the host of every lab."""
    cases = {file.stem: Case(json.loads(HostFacts.of(load(file)).json())) for file in LAB_FILES}
    return evaluated_all(cases, tmp_path_factory.mktemp("labs"))


@needs_nix
@pytest.mark.parametrize("file", LAB_FILES, ids=lambda file: file.stem)
def test_the_modules_evaluate_for_every_lab_and_keep_all_promises(file: Path, labs: Mapping[str, Host]) -> None:
    facts = HostFacts.of(load(file))
    said = [*faults_of(labs[file.stem], facts)]
    nobody = f"modules/users.nix: assertions: labs/{facts.lab}.toml: host.ssh_keys is empty, so nobody could log in"
    assert said == ([] if facts.ssh.keys else [f"{nobody}; add your public key"])


@needs_nix
@needs_options
@pytest.mark.parametrize("file", LAB_FILES, ids=lambda file: file.stem)
def test_every_option_that_is_set_exists_and_has_the_type(file: Path, labs: Mapping[str, Host]) -> None:
    assert [*unknown_to_nixos(labs[file.stem])] == []


@needs_nix
@needs_options
def test_each_option_that_was_looked_up_by_hand_is_set(good: Host) -> None:
    assert [name for name in ELSEWHERE if good.value(*name.split(".")) is None] == []


def _leaves(value: object, path: Place = ()) -> Iterator[Place]:
    """Give the place of every single fact."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inside is None:
        yield path
    for step, inner in inside or ():
        yield from _leaves(inner, (*path, step))


def _another(value: object) -> object:
    """Give another value of the same kind; a text that stays a path, a version or a name."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return f"{value}9" if value.startswith("/") else f"9{value}"
    message = f"no fact is of this kind: {value!r}"
    raise TypeError(message)


PACKAGE = ("k3s", "version")  # chooses a package, which there is or is not
FACTS = json.loads((HOST_FACTS / "gpu-lab.json").read_text(encoding="utf-8"))
PLACES = [*_leaves(FACTS)]


def _told(place: Place) -> object:
    """Give the facts with another value at one place."""
    facts: Any = deepcopy(FACTS)
    *above, last = place
    node = facts
    for step in above:
        node = node[step]
    node[last] = _another(node[last])
    return facts


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Host]:
    """Evaluate the host with each fact changed in turn, and with none."""
    cases = {str(place): Case(_told(place)) for place in PLACES if place != PACKAGE}
    return evaluated_all({"none": Case(FACTS), **cases}, tmp_path_factory.mktemp("changed"))


@needs_nix
@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_each_fact_reaches_the_host(place: Place, changed: Mapping[str, Host], tmp_path: Path) -> None:
    """A stale fact is noticed, and one that nobody reads is none."""
    if place == PACKAGE:
        with pytest.raises(LabError, match="'k3s_91_36' missing"):
            evaluated_all({"lab": Case(_told(place))}, tmp_path)
    else:
        assert changed[str(place)].settings != changed["none"].settings


def test_no_module_and_no_script_repeats_a_fact() -> None:
    """Ports, paths, addresses and interfaces are said once; a plain word may mean something else."""
    told = {fact for fact in map(str, map(_at, PLACES)) if re.search(r"[\d/.:=]", fact) and len(fact) > 3}
    assert {"6443", "41641", "tailscale0", "/mnt/gpu-lab", "10.43.0.80"} < told
    files = [*(NIXOS / "modules").glob("*.nix"), *(NIXOS / "scripts").glob("*.sh"), NIXOS / "flake.nix"]
    found = [
        (file.name, fact)
        for file in files
        for fact in sorted(told)
        for line in file.read_text(encoding="utf-8").splitlines()
        if re.search(rf"(?<![\w.-]){re.escape(fact)}(?![\w-])", line.partition("# ")[0])
    ]
    assert found == []


def _at(place: Place) -> object:
    node: Any = FACTS
    for step in place:
        node = node[step]
    return node


@needs_nix
def test_the_flake_has_a_host_for_each_lab_that_somebody_can_log_in_to_made_of_all_modules(
    facts: HostFacts, tmp_path: Path
) -> None:
    """The default lab has no key until its owner adds one."""
    flake = _flake(tmp_path, replace(facts, lab="keyed"))
    assert flake["systems"] == {"keyed": "x86_64-linux"}
    [files] = flake["hosts"].values()
    assert files[0] == "disko"
    assert sorted(Path(file).name for file in files[1:]) == [file.name for file in MODULES]
    assert flake["module"] is True


@needs_nix
def test_every_input_of_the_flake_is_one_revision(tmp_path: Path) -> None:
    inputs = _flake(tmp_path)["inputs"]
    follows = {"nixpkgs": {"follows": "nixpkgs"}}
    assert {name: each.get("inputs") for name, each in inputs.items()} == {"disko": follows, "nixpkgs": None}
    for each in inputs.values():
        assert re.fullmatch(r"github:[\w-]+/[\w-]+/[0-9a-f]{40}", each["url"])


@needs_nix
def test_the_flake_s_checks_look_at_the_host_of_every_lab_even_without_a_key(facts: HostFacts, tmp_path: Path) -> None:
    flake = _flake(tmp_path, replace(facts, lab="keyed"))
    labs = [file.stem for file in HOST_FACTS.glob("*.json")]
    assert flake["checked"] == dict.fromkeys(
        (f"host-{lab}" for lab in [*labs, "keyed"]), "/nix/store/stand-in-host.drv"
    )


@needs_nix
def test_a_host_that_asserts_what_does_not_hold_fails_the_flake_s_checks(facts: HostFacts, tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"tailscale is 1\.98\.0, older than 99"):
        _flake(tmp_path, replace(facts, lab="keyed", floors={"tailscale": "99"}))


def _flake(folder: Path, *labs: HostFacts, alone: bool = False) -> Any:  # noqa: ANN401 - what Nix printed
    """Evaluate the flake with these labs beside those that are there, or alone."""
    nixos = folder / "nixos"
    shutil.copytree(NIXOS, nixos)
    if alone:
        for file in (nixos / "labs").glob("*.json"):
            file.unlink()
    for lab in labs:
        (nixos / "labs" / f"{lab.lab}.json").write_text(lab.json(), encoding="utf-8")
    return evaluate(Path(__file__).with_name("flake.nix"), {"host": nixos, "versions": versions(folder)})


@needs_nix
def test_the_virtual_machine_of_the_flake_evaluates_and_what_it_is_put_to_is_python(
    facts: HostFacts, tmp_path: Path
) -> None:
    check = _flake(tmp_path)["check"]
    assert check["name"] == "lab"
    ast.parse(check["testScript"])
    systems = check["machine"]["virtualisation"]["fileSystems"]
    state = facts.state.folder
    assert systems.pop(state) == {"autoFormat": True, "device": "/dev/vdb", "fsType": "ext4"}
    assert sorted(systems) == ["/etc/rancher/node", "/var/lib/rancher", "/var/lib/tailscale"]
    assert {system["device"].startswith(f"{state}/") for system in systems.values()} == {True}


@needs_nix
def test_a_flake_of_no_lab_has_no_host_and_the_virtual_machine_alone_to_check(tmp_path: Path) -> None:
    flake = _flake(tmp_path, alone=True)
    assert (flake["hosts"], flake["checked"], flake["check"]["name"]) == ({}, {}, "lab")
    assert "node/cpu-only " in flake["check"]["testScript"]


def _for_other_machines(facts: HostFacts, folder: Path) -> Any:  # noqa: ANN401 - what Nix printed
    told = folder / "facts.json"
    told.write_text(facts.json(), encoding="utf-8")
    arguments = {"host": NIXOS, "facts": told, "versions": versions(folder)}
    return evaluate(Path(__file__).with_name("module.nix"), arguments)


@needs_nix
def test_the_module_for_other_machines_sets_what_the_labs_modules_set(
    facts: HostFacts, good: Host, tmp_path: Path
) -> None:
    module = _for_other_machines(facts, tmp_path)
    shared = re.findall(r"\./(.+\.nix)", (NIXOS / "modules" / "default.nix").read_text(encoding="utf-8").split("];")[0])
    own = [(s.path, _without_driver(s.value)) for s in good.settings if s.file.removeprefix("modules/") in shared]
    settings = {
        name: [(s.path, s.value) for s in Host.of(module[name]).settings] for name in ("withVolume", "withoutVolume")
    }
    volume = ("fileSystems", facts.state.folder)
    wanted = [*own, *_asks()]
    assert [s for s in settings["withVolume"] if s[0] != (*volume, "device")] == [
        s for s in wanted if s[0] != (*volume, "device")
    ]
    assert [s for s in settings["withVolume"] if s[0] == (*volume, "device")] == [((*volume, "device"), "/dev/vdz")]
    assert settings["withoutVolume"] == [s for s in wanted if s[0][:2] != volume]


@needs_nix
@pytest.mark.parametrize("name", ["withVolume", "withoutVolume"])
def test_the_module_for_other_machines_leaves_it_to_their_owners_what_may_be_unfree(
    name: str, facts: HostFacts, good: Host, tmp_path: Path
) -> None:
    """A second predicate would take the place of the owner's."""
    unfree = ("nixpkgs", "config", "allowUnfreePredicate")
    assert [s.file for s in good.settings if s.path == unfree] == ["modules/unfree.nix"]
    assert [s for s in Host.of(_for_other_machines(facts, tmp_path)[name]).settings if s.path[:1] == ("nixpkgs",)] == []


@needs_nix
def test_which_driver_runs_another_machines_owner_may_say(good: Host) -> None:
    [branch] = good.strongest(("hardware", "nvidia", "branch"))
    assert (branch.value, branch.priority) == ("production", 1000)  # as by lib.mkDefault


def _without_driver(value: object) -> object:
    """Leave out the assertion about nixpkgs' driver, in whose place is one about the machine's."""
    return [item for item in value if "nvidia_driver" not in str(item)] if isinstance(value, list) else value


# What the module asks of a machine, in the order in which it does.
ASKED = {
    "sshd listens": (
        "services.gpu-lab: the packet filter closes every port but 22, where sshd does not listen; "
        "add it to services.openssh.ports"
    ),
    "no parameters of a key": (
        "services.tailscale.authKeyParameters: would become a part of the path of the lab's key; leave it unset"
    ),
    "a new driver": "hardware.nvidia.package is {driver}, older than 580 (constructs/ailab/versions.py says why)",
}


def _asks(lacking: str | None = None, driver: str = "610.43") -> list[tuple[OptionPath, object]]:
    """Give the assertions, of which one may not hold."""
    said = [{"assertion": name != lacking, "message": message.format(driver=driver)} for name, message in ASKED.items()]
    return [(("assertions",), said)]


@needs_nix
@pytest.mark.parametrize(
    ("case", "lacking", "driver"),
    [
        ("withoutVolume", None, "610.43"),
        ("withoutSsh", None, "610.43"),
        ("sshElsewhere", "sshd listens", "610.43"),
        ("keyParameters", "no parameters of a key", "610.43"),
        ("oldDriver", "a new driver", "570.211"),
    ],
)
def test_the_module_for_other_machines_refuses_what_would_not_work_there(
    case: str, lacking: str | None, driver: str, facts: HostFacts, tmp_path: Path
) -> None:
    settings = Host.of(_for_other_machines(facts, tmp_path)[case]).settings
    assert [(s.path, s.value) for s in settings[-1:]] == _asks(lacking, driver)


@needs_nix
def test_without_a_gpu_the_module_for_other_machines_asks_for_no_driver(facts: HostFacts, tmp_path: Path) -> None:
    floors = {name: floor for name, floor in facts.floors.items() if not name.startswith("nvidia")}
    settings = Host.of(_for_other_machines(replace(facts, gpu=None, floors=floors), tmp_path)["oldDriver"]).settings
    [(_, asked)] = _asks()
    assert isinstance(asked, list)
    assert settings[-1].value == asked[:-1]


@needs_nix
def test_the_options_of_the_module_for_other_machines_are_documented(facts: HostFacts, tmp_path: Path) -> None:
    module = _for_other_machines(facts, tmp_path)
    options = module["options"]["services"]["gpu-lab"]
    assert {name: option.get("type") for name, option in options.items()} == {
        "device": "null or absolute path",
        "enable": None,
        "facts": "attribute set of anything",
    }
    assert all(option["description"] for option in options.values())
