"""What `up` and `park` do on a machine that runs NixOS, by a real ssh and sshd."""

from __future__ import annotations

import base64
import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from ailab.secrets import TABLE, Origin
from infra.cloud.steps import AuthKey
from infra.errors import LabError
from infra.process import run
from infra.shipping import cluster, member
from infra.shipping.keys import Identity
from infra.ssh import StrangerError, UnreachableError, script
from tests.shipping.scene import ANTHROPIC, DEPLOYMENT, JOB, NAMESPACE, PROVIDER_KEY, Scene

pytestmark = [
    pytest.mark.host,
    pytest.mark.needs("unshare", "flock", "apt-get"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a throw-away root"),
]
TAILNET_KEY = "tskey-auth-canary"
RESTARTED = [
    "k3s kubectl uncordon minimal",
    "k3s kubectl get deployments,cronjobs --namespace=ai-lab --output=json",
    "k3s kubectl annotate --namespace=ai-lab secret/providers gpu-lab/unread-by-virtual-keys-",  # is not there yet
    "k3s kubectl rollout restart --namespace=ai-lab deployment/litellm",
    "k3s kubectl annotate --namespace=ai-lab secret/providers gpu-lab/unread-by-litellm-",
    "k3s kubectl rollout status --namespace=ai-lab deployment/litellm --timeout=600s",
]


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
    host = replace(scene.host, owners={ANTHROPIC: "sk-ant-another"})
    host.hand_over(scene.target, None)
    assert scene.droplet.calls()[4:] == RESTARTED
    host.hand_over(scene.target, None)
    assert scene.droplet.calls()[4:] == []


def test_a_providers_key_that_nobody_was_told_of_is_read_at_the_next_handing_over(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_words: object) -> None:
        raise KeyboardInterrupt

    scene.host.hand_over(scene.target, None)
    host = replace(scene.host, owners={ANTHROPIC: "sk-ant-another"})
    with monkeypatch.context() as patched:
        patched.setattr("infra.shipping.host.admit_pods", cut_off)
        with pytest.raises(KeyboardInterrupt):
            host.hand_over(scene.target, None)
    scene.droplet.calls()
    host.hand_over(scene.target, None)
    assert scene.droplet.calls()[4:] == RESTARTED
    host.hand_over(scene.target, None)
    assert scene.droplet.calls()[4:] == []


def test_a_providers_key_that_changed_while_the_lab_was_parked_is_read_too(scene: Scene) -> None:
    scene.host.hand_over(scene.target, None)
    scene.host.rest(scene.target)
    scene.host.install(scene.target)
    replace(scene.host, owners={ANTHROPIC: "sk-ant-another"}).hand_over(scene.target, None)
    assert not (scene.droplet.machine / "cordoned").exists()


def test_where_no_key_changed_a_parked_lab_starts_its_pods_only_with_the_manifests_of_now(scene: Scene) -> None:
    scene.host.hand_over(scene.target, None)
    scene.host.rest(scene.target)
    scene.host.install(scene.target)
    scene.host.hand_over(scene.target, None)
    assert (scene.droplet.machine / "cordoned").exists()
    scene.host.ship(scene.target)
    scene.host.wait(scene.target)
    assert not (scene.droplet.machine / "cordoned").exists()


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


RESTED = [
    "systemctl is-active --quiet k3s.service",
    (
        "k3s kubectl drain minimal --ignore-daemonsets --delete-emptydir-data --force"
        " --pod-selector=app.kubernetes.io/name=litellm --timeout=180s"
    ),
    "k3s kubectl drain minimal --ignore-daemonsets --delete-emptydir-data --force --timeout=300s",
    "systemctl stop k3s.service",
    "k3s-killall.sh",
    "systemd-escape --path --suffix=mount /mnt/gpu-lab",
    r"systemctl stop mnt-gpu\x2dlab.mount",
]


def test_at_rest_the_gateway_ends_before_its_database_and_nothing_has_the_volume_mounted(scene: Scene) -> None:
    scene.host.rest(scene.target)
    assert scene.droplet.calls() == RESTED


AWAKE = "systemctl is-active --quiet k3s.service"
WOKEN = [
    AWAKE,
    "systemctl start --no-block multi-user.target",
    "systemctl start tailscaled.service",
]


def test_what_rest_has_stopped_starts_again_before_anybody_waits_for_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "API_SECONDS", 0)
    monkeypatch.setattr(member, "SECONDS", 1)
    (scene.droplet.machine / "tailscale.first").write_text('{"BackendState": "Running", "Self": {"ID": "n1"}}')
    scene.host.rest(scene.target)
    with pytest.raises(LabError, match=r"^127\.0\.0\.1: k3s does not answer after 0 s; "):
        scene.host.hand_over(scene.target, None)
    with pytest.raises(LabError, match=r"^tailscale on 127\.0\.0\.1: ended with status 1: failed to connect "):
        scene.host.member(scene.target)
    scene.droplet.calls()
    scene.host.install(scene.target)
    assert scene.droplet.calls() == WOKEN
    assert scene.host.member(scene.target) == "n1"
    scene.host.hand_over(scene.target, None)
    scene.host.ship(scene.target)
    scene.host.wait(scene.target)
    scene.droplet.calls()
    scene.host.install(scene.target)
    assert scene.droplet.calls() == [AWAKE]


def test_a_rest_that_a_broken_connection_left_running_is_over_before_the_lab_starts_again(scene: Scene) -> None:
    scene.droplet.goes_wrong("k3s-killall.sh", "cut")  # and goes on a second later
    with pytest.raises(UnreachableError):
        scene.host.rest(scene.target)
    scene.host.reach(scene.target)
    scene.droplet.calls()
    scene.host.install(scene.target)
    assert scene.droplet.calls() == [*RESTED[-2:], *WOKEN]
    scene.host.hand_over(scene.target, None)


def test_a_volume_that_is_still_mounted_is_no_rest(scene: Scene) -> None:
    (scene.droplet.disk / "mnt" / "gpu-lab").mkdir(parents=True)
    login = scene.host._doors(scene.target).lasting  # noqa: SLF001 - the way in that the host has itself
    script(login, "mount -t tmpfs none /mnt/gpu-lab", timeout=30)
    with pytest.raises(LabError, match=r"^flock on 127\.0\.0\.1: ended with status 1"):
        scene.host.rest(scene.target)


def _brought(scene: Scene) -> Path:
    """Give the command by which what is missing comes back, as a person does who takes whatever key answers."""
    folder = scene.target.folder.rename(scene.target.folder.with_name("lost"))
    scene.target.folder.mkdir()
    words = scene.host.recovery(scene.target.folder, scene.target).partition(" machine's key: ")[2]
    taken = f"ssh -p {scene.droplet.port} -o StrictHostKeyChecking=no -o UserKnownHostsFile={folder}/persons"
    run(["sh", "-c", words.replace("ssh", taken, 1)], timeout=30, check=False)
    return folder


def test_what_is_lost_here_comes_back_from_the_machine_by_the_command_that_is_named(scene: Scene) -> None:
    secrets = scene.droplet.disk / "var/lib/gpu-lab/secrets"
    secrets.mkdir()
    (secrets / "k3s-token").write_text("canary\n", encoding="utf-8")
    identity = Identity("minimal", scene.target.folder)
    own = identity.host_key()
    (scene.droplet.disk / "etc/ssh/ssh_host_ed25519_key.pub").write_text(f"{own[1]}\n", encoding="utf-8")
    _brought(scene)
    assert sorted(file.name for file in scene.target.folder.iterdir()) == [
        "k3s-token",
        "ssh_host_ed25519_key",
        "ssh_host_ed25519_key.pub",
    ]
    assert (identity.cluster_token(), identity.host_key()) == ("canary\n", own)
    scene.host.rest(scene.target)


def test_a_machine_without_nixos_gives_no_key_that_others_know(before_nixos: Scene) -> None:
    _brought(before_nixos)
    assert list(before_nixos.target.folder.iterdir()) == []


def test_where_no_key_of_the_machine_is_left_none_is_made_in_order_to_ask_it(scene: Scene, tmp_path: Path) -> None:
    message = f"{tmp_path / 'other'}: has no ssh_host_ed25519_key, by which the machine is known; ./lab status says "
    for step in (scene.host.rest, scene.host.reach):
        with pytest.raises(LabError, match=f"^{re.escape(message)}what helps$"):
            step(replace(scene.target, folder=tmp_path / "other"))
    assert not (tmp_path / "other").exists()


def test_nobody_and_a_stranger_are_no_rest(scene: Scene, tmp_path: Path) -> None:
    Identity("minimal", tmp_path / "other").host_key()
    with pytest.raises(UnreachableError, match=r"^127\.0\.0\.1: not reached by ssh: "):
        replace(scene.host, port=1).rest(scene.target)
    with pytest.raises(StrangerError, match=r"^127\.0\.0\.1: answers with another host key "):
        scene.host.rest(replace(scene.target, folder=tmp_path / "other"))
    assert scene.droplet.calls() == []


def test_a_machine_that_was_never_installed_is_at_rest(before_nixos: Scene) -> None:
    (before_nixos.target.folder / "known_hosts").unlink()
    before_nixos.host.rest(before_nixos.target)
    assert before_nixos.droplet.calls() == []


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
