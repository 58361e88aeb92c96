"""What `up` and `park` do on a machine that runs NixOS, by a real ssh and sshd."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ailab.host_facts import HostFacts
from ailab.secrets import PROVIDER_KEYS, TABLE, Origin
from ailab.spec import LabSpec, load
from infra.cloud.steps import AuthKey, Target
from infra.errors import LabError
from infra.shipping import change as changing
from infra.shipping import cluster, sight
from infra.shipping.bundle import digest, tree
from infra.shipping.host import NixosHost
from infra.shipping.keys import Identity
from infra.ssh import StrangerError, UnreachableError, script
from tests.lab_files import MINIMAL
from tests.shipping.droplet import Droplet, droplet

pytestmark = [
    pytest.mark.host,
    pytest.mark.needs("unshare", "flock", "apt-get"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a throw-away root"),
]
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ai-lab\n"
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: litellm\n  namespace: ai-lab\n"
JOB = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: ollama-pull\n  namespace: ai-lab\n"
TAILNET_KEY = "tskey-auth-canary"
PROVIDER_KEY = "sk-ant-canary"
[ANTHROPIC] = PROVIDER_KEYS["anthropic"]


@dataclass(frozen=True)
class Scene:
    """A machine that runs the lab's NixOS, what the operator has, and what was told."""

    droplet: Droplet
    host: NixosHost
    target: Target
    told: list[str]

    def manifests(self) -> bytes:
        """Read what k3s was given."""
        return (self.droplet.disk / "var/lib/rancher/k3s/server/manifests/lab-minimal.yaml").read_bytes()


@pytest.fixture
def spec(tmp_path: Path) -> LabSpec:
    (tmp_path / "minimal.toml").write_text(MINIMAL, encoding="utf-8")
    return load(tmp_path / "minimal.toml")


@pytest.fixture
def scene(tmp_path: Path, spec: LabSpec, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setattr(sight, "POLL_SECONDS", 0.1)
    flake, dist, state = tmp_path / "nixos", tmp_path / "dist", tmp_path / "state"
    (flake / "labs").mkdir(parents=True)
    (flake / "flake.nix").write_text("{ }\n", encoding="utf-8")
    (flake / "labs" / "minimal.json").write_text(HostFacts.of(spec).json(), encoding="utf-8")
    (dist / "minimal").mkdir(parents=True)
    for name, text in (("00-namespace", NAMESPACE), ("litellm", DEPLOYMENT), ("ollama", JOB)):
        (dist / "minimal" / f"{name}.yaml").write_text(text, encoding="utf-8")
    identity = Identity(spec.name, state)
    with droplet(tmp_path, lambda made: made.has_nixos(identity, digest(tree(flake)))) as machine:
        told: list[str] = []
        owners = {ANTHROPIC: PROVIDER_KEY}
        host = NixosHost(owners=owners, tell=told.append, configuration=flake, dist=dist, port=machine.port)
        target = Target(spec, "127.0.0.1", state, machine.operator)
        host.reach(target)
        yield Scene(machine, host, target, told)


def test_the_tailnets_key_arrives_as_a_file_that_root_alone_reads_and_in_no_command(scene: Scene) -> None:
    scene.host.hand_over(scene.target, AuthKey(TAILNET_KEY))
    file = scene.droplet.disk / "var/lib/gpu-lab/secrets/tailscale-auth-key"
    assert file.read_text() == TAILNET_KEY
    shipped = scene.droplet.shipped()
    assert shipped["var/lib/gpu-lab/secrets"] == "d700 0:0"
    assert shipped["var/lib/gpu-lab/secrets/tailscale-auth-key"] == "-600 0:0"
    assert scene.droplet.calls() == [
        "tailscale logout",
        "systemctl restart tailscaled.service tailscaled-autoconnect.service",
        "k3s kubectl get --raw /readyz",
        "k3s kubectl apply --server-side --filename=-",
        "k3s kubectl get secrets --namespace=ai-lab --output=json",
        "k3s kubectl apply --server-side --force-conflicts --field-manager=gpu-lab --filename=-",
    ]
    assert TAILNET_KEY not in "\n".join(scene.told)


def test_a_machine_that_is_in_the_tailnet_is_not_told_to_join(scene: Scene) -> None:
    scene.host.hand_over(scene.target, None)
    assert [call for call in scene.droplet.calls() if call.startswith("systemctl")] == []
    assert not (scene.droplet.disk / "var/lib/gpu-lab/secrets").exists()


def test_the_cluster_gets_every_generated_secret_and_those_that_the_owner_gave(scene: Scene) -> None:
    scene.host.hand_over(scene.target, None)
    items = json.loads((scene.droplet.machine / "secrets.json").read_text())["items"]
    values = {
        (item["metadata"]["name"], key): base64.b64decode(value).decode()
        for item in items
        for key, value in item["data"].items()
    }
    generated = {(row.name, row.key) for row in TABLE if row.origin is Origin.GENERATED}
    assert set(values) == {*generated, ("providers", "ANTHROPIC_API_KEY")}
    assert values["providers", "ANTHROPIC_API_KEY"] == PROVIDER_KEY
    assert (scene.droplet.machine / "namespace.yaml").read_text() == NAMESPACE


def test_a_second_handing_over_changes_no_secret(scene: Scene) -> None:
    scene.host.hand_over(scene.target, None)
    before = (scene.droplet.machine / "secrets.json").read_text()
    scene.host.hand_over(scene.target, None)
    assert (scene.droplet.machine / "secrets.json").read_text() == before


def test_a_providers_key_that_is_new_is_read_by_those_that_use_it(scene: Scene) -> None:
    scene.host.hand_over(scene.target, None)
    scene.droplet.calls()
    replace(scene.host, owners={ANTHROPIC: "sk-ant-another"}).hand_over(scene.target, None)
    assert scene.droplet.calls()[4:] == [
        "k3s kubectl get deployments,cronjobs --namespace=ai-lab --output=json",
        "k3s kubectl rollout restart --namespace=ai-lab deployment/litellm",
        "k3s kubectl rollout status --namespace=ai-lab deployment/litellm --timeout=600s",
    ]


def test_the_manifests_arrive_as_one_file_of_today_and_a_second_time_is_no_change(scene: Scene) -> None:
    scene.host.ship(scene.target)
    assert scene.manifests().decode() == f"{NAMESPACE}---\n{DEPLOYMENT}---\n{JOB}"
    file = scene.droplet.disk / "var/lib/rancher/k3s/server/manifests/lab-minimal.yaml"
    written = file.stat()
    assert written.st_mtime > scene.target.identity.stat().st_mtime - 1
    scene.host.ship(scene.target)
    assert file.stat().st_ino == written.st_ino
    assert list(file.parent.parent.iterdir()) == [file.parent]
    assert scene.droplet.calls() == []


def _changed(scene: Scene) -> str:
    """Change the flake; returns the mark of what the machine has."""
    (scene.host.configuration / "flake.nix").write_text("{ outputs = _: { }; }\n", encoding="utf-8")
    return (scene.droplet.disk / "var/lib/gpu-lab/system").read_text()


def test_another_configuration_is_tried_under_the_guard_then_kept(scene: Scene) -> None:
    _changed(scene)
    scene.host.ship(scene.target)
    assert scene.droplet.calls() == ["lab-rollback try", "lab-rollback confirm"]
    assert (scene.droplet.disk / "etc/nixos/flake.nix").read_text() == "{ outputs = _: { }; }\n"
    mark = (scene.droplet.disk / "var/lib/gpu-lab/system").read_text().strip()
    assert mark == digest(tree(scene.host.configuration))
    scene.host.ship(scene.target)
    assert scene.droplet.calls() == []


def test_a_machine_with_another_kernel_is_restarted_and_waited_for_before_its_change_counts(scene: Scene) -> None:
    before = _changed(scene)
    boot = (scene.droplet.machine / "boot_id").read_text()
    (scene.droplet.machine / "new-kernel").touch()
    scene.host.ship(scene.target)
    tried = ["lab-rollback try", "lab-rollback confirm"]
    assert scene.droplet.calls() == [*tried, "reboot", "systemctl is-system-running --wait"]
    assert (scene.droplet.machine / "boot_id").read_text() != boot
    assert (scene.droplet.disk / "var/lib/gpu-lab/system").read_text() != before


def test_a_machine_that_does_not_come_back_is_asked_again_the_next_time(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changing, "RESTART_SECONDS", 1)
    monkeypatch.setattr(changing, "RESTART", "true")
    before = _changed(scene)
    (scene.droplet.machine / "new-kernel").touch()
    with pytest.raises(LabError, match=r"^127\.0\.0\.1: has not come back after 1 s with the new kernel; "):
        scene.host.ship(scene.target)
    assert (scene.droplet.disk / "var/lib/gpu-lab/system").read_text() == before


def test_a_configuration_that_lets_nobody_in_is_not_confirmed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changing, "LOGIN_SECONDS", 1)
    before = _changed(scene)
    (scene.droplet.machine / "lockout").touch()
    with pytest.raises(LabError, match=r"^127\.0\.0\.1: with the new configuration nobody gets in by ssh; "):
        scene.host.ship(scene.target)
    assert scene.droplet.calls() == ["lab-rollback try"]
    assert (scene.droplet.disk / "var/lib/gpu-lab/system").read_text() == before


def test_a_configuration_that_does_not_build_is_not_confirmed(scene: Scene) -> None:
    before = _changed(scene)
    scene.droplet.goes_wrong("lab-rollback", "fails-before")
    with pytest.raises(LabError, match="fails as it was told"):
        scene.host.ship(scene.target)
    assert scene.droplet.calls() == ["lab-rollback try"]
    assert (scene.droplet.disk / "var/lib/gpu-lab/system").read_text() == before


def test_a_change_that_was_tried_and_not_yet_confirmed_is_not_tried_again(scene: Scene) -> None:
    _changed(scene)
    (scene.droplet.disk / "run" / "gpu-lab-rollback").mkdir()
    (scene.droplet.disk / "run" / "gpu-lab-rollback" / "tried").touch()
    scene.host.ship(scene.target)
    assert scene.droplet.calls() == ["lab-rollback confirm"]


def test_the_lab_is_waited_for_until_k3s_has_its_manifests_and_every_part_is_available(scene: Scene) -> None:
    scene.host.ship(scene.target)
    scene.host.wait(scene.target)
    assert scene.droplet.calls() == [
        "k3s kubectl get --raw /readyz",
        "k3s kubectl uncordon minimal",
        (
            "k3s kubectl get addons.k3s.cattle.io --namespace=kube-system --ignore-not-found lab-minimal "
            "--output=jsonpath={.spec.checksum}"
        ),
        "k3s kubectl wait --namespace=ai-lab job/ollama-pull --timeout=5400s --for=condition=Complete",
        "k3s kubectl wait --namespace=ai-lab deployment/litellm --timeout=5400s --for=condition=Available",
    ]


def test_manifests_that_k3s_does_not_take_are_told_with_its_reason(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "APPLIED_SECONDS", 0)
    monkeypatch.setattr(cluster, "POLL_SECONDS", 0.1)
    scene.host.ship(scene.target)
    (scene.droplet.machine / "slow").touch()
    message = r'^minimal: k3s has not applied the manifests after 0 s: no matches for kind "Lab"$'
    with pytest.raises(LabError, match=message):
        scene.host.wait(scene.target)


def test_at_rest_databases_end_first_and_nothing_has_the_volume_mounted(scene: Scene) -> None:
    scene.host.rest(scene.target)
    assert scene.droplet.calls() == [
        "systemctl is-active --quiet k3s.service",
        "k3s kubectl drain minimal --ignore-daemonsets --delete-emptydir-data --force --timeout=300s",
        "systemctl stop k3s.service",
        "k3s-killall.sh",
        "systemd-escape --path --suffix=mount /mnt/gpu-lab",
        r"systemctl stop mnt-gpu\x2dlab.mount",
    ]


def test_a_volume_that_is_still_mounted_is_no_rest(scene: Scene) -> None:
    (scene.droplet.disk / "mnt" / "gpu-lab").mkdir(parents=True)
    login = scene.host._doors(scene.target).lasting  # noqa: SLF001 - the way in that the host has itself
    script(login, "mount -t tmpfs none /mnt/gpu-lab", timeout=30)
    with pytest.raises(LabError, match=r"^sh on 127\.0\.0\.1: ended with status 1"):
        scene.host.rest(scene.target)


def test_nobody_and_a_stranger_are_no_rest(scene: Scene, tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match=r"^127\.0\.0\.1: not reached by ssh: "):
        replace(scene.host, port=1).rest(scene.target)
    with pytest.raises(StrangerError, match=r"^127\.0\.0\.1: answers with another host key "):
        scene.host.rest(replace(scene.target, folder=tmp_path / "other"))
    assert scene.droplet.calls() == []


def test_a_machine_that_was_never_installed_is_at_rest(tmp_path: Path, spec: LabSpec) -> None:
    state = tmp_path / "state"
    user_data = Identity(spec.name, state).user_data()
    with droplet(tmp_path, lambda made: made.boots_with(user_data)) as machine:
        host = NixosHost(port=machine.port)
        target = Target(spec, "127.0.0.1", state, machine.operator)
        host.reach(target)
        (state / "known_hosts").unlink()
        host.rest(target)
        assert machine.calls() == []


def test_before_k3s_has_started_once_nothing_is_delivered(scene: Scene) -> None:
    folder = scene.droplet.disk / "var/lib/rancher/k3s/server/manifests"
    folder.rmdir()
    with pytest.raises(LabError, match=r"/manifests: is no folder; k3s makes it when it first starts$"):
        scene.host.ship(scene.target)
    assert list(folder.parent.iterdir()) == []


STALE = "minimal.json: is not what labs/minimal.toml says; run ./lab synth"


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("flake.nix", None, "nixos: has no flake.nix; take nixos/ from the repository"),
        ("labs/minimal.json", None, STALE),
        ("labs/minimal.json", "{}", STALE),
    ],
    ids=["no flake", "no facts", "facts of another time"],
)
def test_a_configuration_that_is_not_the_labs_is_told_before_anything_is_rented_or_done(
    scene: Scene, file: str, text: str | None, message: str
) -> None:
    changed = scene.host.configuration / file
    changed.unlink() if text is None else changed.write_text(text, encoding="utf-8")
    with pytest.raises(LabError, match=f"{message}$"):
        scene.host.user_data(scene.target.lab, scene.target.folder)
    with pytest.raises(LabError, match=f"{message}$"):
        scene.host.check(scene.target.lab)
    with pytest.raises(LabError, match=f"{message}$"):
        scene.host.ship(scene.target)
    assert scene.droplet.calls() == []


def test_manifests_that_were_not_made_are_told_before_anything_is_rented(scene: Scene) -> None:
    scene.host.check(scene.target.lab)
    (scene.host.dist / "minimal" / "00-namespace.yaml").unlink()
    with pytest.raises(LabError, match=r"/dist/minimal/00-namespace\.yaml: missing; run \./lab synth$"):
        scene.host.check(scene.target.lab)
