"""From a stock image to NixOS, by a real ssh and sshd; broken off wherever it can be, and gone on with."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.errors import LabError
from infra.shipping import install as installing
from infra.shipping import sight
from infra.shipping.flake import Flake
from infra.shipping.install import (
    FETCH,
    INSTALLER,
    REPLACE,
    RESTART,
    TO_DISK,
    TO_INSTALLER,
    TO_LOCK,
    TO_SYSTEM,
    UNPACK,
    install,
)
from infra.shipping.keys import RELEASES, Identity
from infra.shipping.sight import LOOK, Doors, Machine, System, look
from infra.ssh import Login, script
from tests.canaries import watched_programs
from tests.shipping.droplet import Droplet, droplet

pytestmark = [
    pytest.mark.host,
    pytest.mark.needs("unshare", "flock", "apt-get"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a throw-away root"),
]
LAB = "gpu-lab"


@dataclass(frozen=True)
class Scene:
    """A droplet that was just made, and its operator."""

    droplet: Droplet
    identity: Identity
    doors: Doors
    flake: Path

    def install(self) -> tuple[Machine, list[str]]:
        """Install as soon as the machine answers; returns it and what was told."""
        sight.wait_for(self.doors, lambda _: True, 30, "the machine answers")
        told: list[str] = []
        return install(self.doors, self.identity, Flake.read(self.flake, self.identity.lab), told.append), told


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setattr(sight, "POLL_SECONDS", 0.1)
    monkeypatch.setattr(installing, "RESTART_SECONDS", 30)
    flake = tmp_path / "nixos"
    (flake / "scripts").mkdir(parents=True)
    (flake / "flake.nix").write_text("{ }\n", encoding="utf-8")
    (flake / "scripts" / "guard.sh").write_text("true\n", encoding="utf-8")
    (flake / "scripts" / "guard.sh").chmod(0o700)
    with started(tmp_path, Identity(LAB, tmp_path / "state"), flake) as made:
        yield made


@contextmanager
def started(folder: Path, identity: Identity, flake: Path) -> Iterator[Scene]:
    """Make a droplet."""
    with droplet(folder, lambda made: made.boots_with(identity.user_data())) as machine:
        identity.remember()
        login = Login("127.0.0.1", identity.lab, identity.known_hosts, machine.operator, machine.port)
        sight.wait_for(Doors.of(identity, login), lambda _: True, 30, "sshd runs")
        yield Scene(machine, identity, Doors.of(identity, login), flake)


CALLS = [
    (
        "curl --fail --silent --show-error --location --retry 5 "
        f"--output /var/lib/gpu-lab-installer/installer.tar.gz {INSTALLER}"
    ),
    "run",
    "nix --extra-experimental-features nix-command flakes flake lock path:/run/gpu-lab-nixos",
    "lsblk --noheadings --raw --paths --output NAME /dev/vda",
    "blkid --probe --match-tag LABEL --output value /dev/vda",
    (
        "nix --extra-experimental-features nix-command flakes build --out-link /run/gpu-lab-disk "
        "path:/run/gpu-lab-nixos#nixosConfigurations.gpu-lab.config.system.build.diskoScript"
    ),
    "gpu-lab-disk",
    "nixos-install --no-root-passwd --no-channel-copy --root /mnt --flake path:/mnt/etc/nixos#gpu-lab",
    "reboot",
]
SHIPPED = {
    "etc": "d755 0:0",
    "etc/nixos": "d755 0:0",
    "etc/nixos/flake.lock": "-644 0:0",
    "etc/nixos/flake.nix": "-644 0:0",
    "etc/nixos/scripts": "d755 0:0",
    "etc/nixos/scripts/guard.sh": "-755 0:0",
    "etc/os-release": "-644 0:0",
    "etc/ssh": "d755 0:0",
    "etc/ssh/ssh_host_ed25519_key": "-600 0:0",
    "etc/ssh/ssh_host_ed25519_key.pub": "-644 0:0",
    "nix": "d755 0:0",
    "nix/var": "d755 0:0",
    "nix/var/nix": "d755 0:0",
    "nix/var/nix/profiles": "d755 0:0",
    "nix/var/nix/profiles/system": "d755 0:0",
    "var": "d755 0:0",
    "var/lib": "d755 0:0",
    "var/lib/gpu-lab": "d755 0:0",
    "var/lib/gpu-lab/disk": "-644 0:0",
    "var/lib/gpu-lab/secrets": "d700 0:0",
    "var/lib/gpu-lab/secrets/k3s-token": "-600 0:0",
    "var/lib/gpu-lab/system": "-644 0:0",
}


def test_a_stock_image_becomes_the_labs_nixos_by_these_commands_alone(scene: Scene) -> None:
    machine, told = scene.install()
    assert (machine.system, machine.login.name) == (System.NIXOS, LAB)
    assert scene.droplet.calls() == CALLS
    assert told == [
        "fetching NixOS's installer",
        "starting NixOS's installer",
        "preparing the disk",
        f"{scene.flake}/flake.lock is new: it says what every later machine is built of; commit it",
        "installing NixOS",
        "restarting into NixOS",
    ]


def test_the_lock_of_the_first_machine_is_kept_and_is_the_next_ones(scene: Scene, tmp_path: Path) -> None:
    scene.install()
    lock = (scene.flake / "flake.lock").read_bytes()
    assert (scene.droplet.disk / "etc/nixos/flake.lock").read_bytes() == lock
    identity = Identity("another", tmp_path / "another")
    (tmp_path / "next").mkdir()
    with started(tmp_path / "next", identity, scene.flake) as another:
        _, told = another.install()
        assert (another.droplet.disk / "etc/nixos/flake.lock").read_bytes() == lock
    assert (scene.flake / "flake.lock").read_bytes() == lock
    assert told == [
        "fetching NixOS's installer",
        "starting NixOS's installer",
        "preparing the disk",
        "installing NixOS",
        "restarting into NixOS",
    ]


def test_another_installer_than_last_time_is_told_with_both_digests(scene: Scene) -> None:
    file = scene.identity.folder / "installer.sha256"
    file.write_text("0" * 64 + "\n", encoding="utf-8")
    machine, told = scene.install()
    assert machine.system is System.NIXOS
    now = file.read_text().strip()
    assert told[1] == f"the installer is another than last time: was {'0' * 64}, is {now}; {RELEASES} shows the newest"


def test_what_was_fetched_and_changed_since_is_not_started(scene: Scene) -> None:
    fetched = scene.droplet.folder / "stock/var/lib/gpu-lab-installer"
    fetched.mkdir(parents=True)
    (fetched / "installer.tar.gz").write_bytes(b"another")
    with pytest.raises(LabError, match="WARNING: 1 computed checksum did NOT match"):
        script(scene.doors.first_boot, TO_INSTALLER, "/var/lib/gpu-lab-installer", "0" * 64, timeout=30)
    assert scene.droplet.calls() == []


def test_these_lines_and_no_other_run_on_the_machine(scene: Scene) -> None:
    marks = ("/mnt/var/lib/gpu-lab/disk", "/mnt/var/lib/gpu-lab/system", "/var/lib/gpu-lab/system")
    staged, target = "/run/gpu-lab-nixos", "/mnt/etc/nixos"
    disk = f"path:{staged}#nixosConfigurations.gpu-lab.config.system.build.diskoScript"
    alone = ("flock", "/run/gpu-lab.lock", "sh", "-euc")
    expected = {
        ("sh", "-euc", LOOK, "sh", *marks),
        (*alone, FETCH, "sh", INSTALLER, "/var/lib/gpu-lab-installer"),
        ("sh", "-euc", REPLACE, "sh", staged),
        (*alone, TO_LOCK, "sh", staged, "/etc/nixos"),
        (*alone, TO_DISK, "sh", disk, marks[0], "/dev/vda", "gpu-lab", "/dev/disk/by-id/scsi-0DO_Volume_"),
        ("sh", "-euc", UNPACK, "sh", "/mnt"),
        ("sh", "-euc", REPLACE, "sh", target),
        ("sh", "-euc", RESTART, "sh"),
    }
    with watched_programs() as programs:
        scene.install()
    version = Flake.read(scene.flake, LAB).version
    digest = (scene.identity.folder / "installer.sha256").read_text().strip()
    expected.add((*alone, TO_INSTALLER, "sh", "/var/lib/gpu-lab-installer", digest))
    expected.add((*alone, TO_SYSTEM, "sh", f"path:{target}#gpu-lab", marks[1], version, "/mnt"))
    machine = b"\0root@127.0.0.1\0"
    ran = {line.partition(machine)[2].decode() for line in programs.started if machine in line}
    assert ran == {shlex.join(words) for words in expected}


def test_the_disk_holds_what_was_shipped_with_these_modes_and_nothing_else(scene: Scene) -> None:
    scene.install()
    assert scene.droplet.shipped() == SHIPPED
    private, _ = scene.identity.host_key()
    assert (scene.droplet.disk / "etc/ssh/ssh_host_ed25519_key").read_text() == private
    assert (scene.droplet.disk / "var/lib/gpu-lab/secrets/k3s-token").read_text() == scene.identity.cluster_token()


def test_a_second_time_changes_nothing(scene: Scene) -> None:
    first, _ = scene.install()
    scene.droplet.calls()
    assert scene.install() == (first, [])
    assert scene.droplet.calls() == []


def test_the_key_of_the_first_boot_is_worth_nothing_once_nixos_runs(scene: Scene) -> None:
    before = scene.identity.known_hosts.read_text()
    scene.install()
    after = scene.identity.known_hosts.read_text()
    assert [line.split()[0] for line in before.splitlines()] == [LAB, f"{LAB}-first-boot"]
    assert [line.split()[0] for line in after.splitlines()] == [LAB]
    with pytest.raises(LabError, match="answers with another host key than that of gpu-lab-first-boot"):
        script(scene.doors.first_boot, "true", timeout=30)


STEPS = ["curl", "run", "nix-lock", "nix", "gpu-lab-disk", "nixos-install"]
# One step each: where the second goes wrong the first is done again, too.
TOGETHER = {"run": "curl", "gpu-lab-disk": "nix"}
# What comes next after a broken connection is the installer, which is waited for in any case.
HARMLESS = [("run", "cut")]
BROKEN = [
    (program, how)
    for program in STEPS
    for how in ("fails-before", "fails-after", "cut")
    if (program, how) not in HARMLESS
]


@pytest.mark.parametrize(("program", "how"), HARMLESS)
def test_what_breaks_before_the_installer_comes_up_needs_no_second_run(scene: Scene, program: str, how: str) -> None:
    scene.droplet.goes_wrong(program, how)
    machine, _ = scene.install()
    assert machine.system is System.NIXOS
    assert scene.droplet.calls() == CALLS


@pytest.mark.parametrize(("program", "how"), BROKEN)
def test_broken_off_anywhere_it_goes_on_and_ends_the_same(scene: Scene, program: str, how: str) -> None:
    scene.droplet.goes_wrong(program, how)
    with pytest.raises(LabError):
        scene.install()
    machine, _ = scene.install()
    assert machine.system is System.NIXOS
    assert scene.droplet.shipped() == SHIPPED
    calls = [call.split()[0] for call in scene.droplet.calls() if " flake lock " not in call]
    again = {TOGETHER.get(program), "nix-lock"}  # what is locked stays so
    earlier = [name for name in STEPS[: STEPS.index(program)] if name not in again]
    assert [calls.count(name) for name in earlier] == [1] * len(earlier)
    assert calls.count("reboot") == 1


def test_what_a_broken_connection_left_running_is_waited_for_and_not_done_twice(scene: Scene) -> None:
    scene.droplet.goes_wrong("nixos-install", "cut")
    with pytest.raises(LabError, match="not reached by ssh"):
        scene.install()
    assert look(scene.doors).system is System.INSTALLER
    scene.install()
    assert [call.split()[0] for call in scene.droplet.calls()].count("nixos-install") == 1


def test_a_machine_with_a_strangers_key_is_given_nothing(scene: Scene, tmp_path: Path) -> None:
    stranger = Identity(LAB, tmp_path / "another")
    stranger.user_data()
    stranger.remember()
    login = Login("127.0.0.1", LAB, stranger.known_hosts, scene.droplet.operator, scene.droplet.port)
    flake = Flake.read(scene.flake, LAB)
    with pytest.raises(LabError, match=r"^127\.0\.0\.1: answers with another host key than that of gpu-lab-first-boot"):
        install(Doors.of(stranger, login), stranger, flake, lambda _: None)
    assert scene.droplet.calls() == []
