"""What `./lab plan` finds to change on a machine, by a real ssh and sshd."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ailab.spec import LabSpec, load
from infra.changes import Changes, changes
from infra.shipping.keys import Identity
from infra.ssh import Login, answers
from testnode.patience import until
from tests.infra.test_diff import DIFFERENCES, READABLE
from tests.lab_files import MINIMAL
from tests.shipping.droplet import Droplet, droplet

pytestmark = [
    pytest.mark.host,
    pytest.mark.needs("unshare", "flock", "apt-get"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a throw-away root"),
]
ABSENT = ("all of ai-lab: the cluster has nothing of it yet",)
MANIFEST = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ai-lab\n"


@dataclass(frozen=True)
class Scene:
    """A machine that runs a lab's NixOS, and what its operator has."""

    droplet: Droplet
    spec: LabSpec
    login: Login
    folder: Path

    @property
    def there(self) -> Path:
        """The flake on the machine."""
        return self.droplet.disk / "etc" / "nixos"

    def changes(self) -> Changes:
        return changes(self.spec, self.login, self.folder / "nixos", self.folder / "dist")


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    (tmp_path / "minimal.toml").write_text(MINIMAL, encoding="utf-8")
    files = {"nixos/flake.nix": "a\nb\nc\n", "nixos/modules/new.nix": "é\n", "dist/minimal/a.yaml": MANIFEST}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    identity = Identity("minimal", tmp_path / "state")
    with droplet(tmp_path, lambda made: made.has_nixos(identity, "a")) as machine:
        identity.remember()
        login = Login("127.0.0.1", "minimal", identity.known_hosts, machine.operator, machine.port)
        until(lambda: answers(login), 60, "sshd answers")
        yield Scene(machine, load(tmp_path / "minimal.toml"), login, tmp_path)


def test_every_line_that_ship_would_change_is_shown_under_the_name_of_its_file(scene: Scene) -> None:
    for name, text in {"flake.nix": "a\nB\nc\n", "old.nix": "old\n"}.items():
        scene.there.mkdir(exist_ok=True)
        (scene.there / name).write_text(text, encoding="utf-8")
    found = scene.changes().nixos
    assert found == (
        *("flake.nix", "@@ -2 +2 @@", "-B", "+b"),
        *("modules/new.nix", "@@ -0,0 +1 @@", "+é"),
        "old.nix: is no file of the configuration; ./lab up takes it away",
    )


def test_of_what_is_not_the_configurations_the_name_alone_is_shown_and_no_kind_of_file_is_too_much(
    scene: Scene,
) -> None:
    (scene.there / "modules").mkdir(parents=True)
    (scene.there / "flake.nix").write_bytes(b"caf\xe9\n")
    (scene.there / "token").write_text("canary", encoding="utf-8")
    (scene.there / "token").chmod(0o600)
    (scene.there / "picture").write_bytes(bytes(range(256)))
    (scene.there / "dangling").symlink_to("/nowhere")
    (scene.there / "modules" / "new.nix").symlink_to("/etc/passwd")
    other = "is no file of the configuration; ./lab up takes it away"
    assert scene.changes().nixos == (
        f"dangling: {other}",
        "flake.nix: differs, and is no text",
        *(f"modules/new.nix: {other}", "modules/new.nix", "@@ -0,0 +1 @@", "+é"),
        f"picture: {other}",
        f"token: {other}",
    )


def test_a_machine_that_has_all_of_it_has_nothing_to_change(scene: Scene) -> None:
    (scene.there / "modules").mkdir(parents=True)
    (scene.there / "flake.nix").write_text("a\nb\nc\n", encoding="utf-8")
    (scene.there / "modules" / "new.nix").write_text("é\n", encoding="utf-8")
    assert scene.changes() == Changes(nixos=(), manifests=ABSENT)


def test_where_no_flake_was_shipped_all_of_it_is_new(scene: Scene) -> None:
    assert [line for line in scene.changes().nixos if line[0] not in "@+"] == ["flake.nix", "modules/new.nix"]


def test_the_machines_own_kubectl_compares_the_manifests_as_k3s_applies_them(scene: Scene) -> None:
    (scene.droplet.machine / "has-namespace").write_text("namespace/ai-lab\n", encoding="utf-8")
    (scene.droplet.machine / "differences").write_text(DIFFERENCES, encoding="utf-8")
    assert scene.changes().manifests == tuple(READABLE.splitlines())
    assert scene.droplet.calls() == [
        "k3s kubectl get namespace ai-lab --ignore-not-found --output=name",
        "k3s kubectl diff --server-side --force-conflicts --filename=-",
    ]
    assert (scene.droplet.machine / "compared").read_text(encoding="utf-8") == MANIFEST


def test_looking_changes_nothing_on_the_machine(scene: Scene) -> None:
    before = scene.droplet.shipped()
    scene.changes()
    assert scene.droplet.shipped() == before
