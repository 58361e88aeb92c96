"""What is wrong before anything is made: one line with the repair, and nothing made."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from infra.api_refusal import SCOPES
from infra.cloud.wanted import Goal
from infra.errors import LabError
from infra.labs import EXAMPLE_TAILNET
from tests.cloud.fake import tailscale
from tests.cloud.fake.world import PUBLIC_KEY, Size
from tests.cloud.scene import LAB, Scene


def _refusal(scene: Scene) -> str:
    with pytest.raises(LabError) as caught:
        scene.go(Goal.RUNNING)
    assert (scene.world.billed(), scene.world.firewalls, scene.world.tags) == ([], [], [])
    [line] = str(caught.value).splitlines()
    return line


def _lock(scene: Scene) -> None:
    scene.world.locked = True


def _lose_the_key(scene: Scene) -> None:
    scene.ssh_key.with_suffix(".pub").unlink()


def _take_the_key_away(scene: Scene) -> None:
    scene.world.public_keys = []


def _turn_the_clock(scene: Scene) -> None:
    scene.world.skew = timedelta(minutes=-7)


def _read_only(scene: Scene) -> None:
    scene.world.scopes = {scope for scope in SCOPES.values() if scope.endswith(":read")}


def _no_gpus(scene: Scene) -> None:
    scene.world.sizes = [size for size in scene.world.sizes if not size.gpu]


def _sold_out(scene: Scene) -> None:
    scene.world.sizes = [Size("gpu-l40sx1-48gb", 1.57, ()), Size("gpu-6000adax1-48gb", 1.57, ("nyc2",))]


def _elsewhere(scene: Scene) -> None:
    scene.file.write_text(LAB + 'region = "ams1"\n', encoding="utf-8")


def _no_size(scene: Scene) -> None:
    text = LAB.replace('sizes = ["gpu-l40sx1-48gb", "gpu-6000adax1-48gb"]', "") + "[gpu]\nmemory = 24.0\n"
    scene.file.write_text(text, encoding="utf-8")


REQUEST = "(request 4d9d8375-3c56-4925-a3e7-eb137fed17e9)"


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (_lock, "DigitalOcean has locked the account of owner@gpu-lab.example: unpaid invoice"),
        (
            _lose_the_key,
            (
                "{folder}/id_ed25519.pub: no ssh key; ssh-keygen -t ed25519 -f {folder}/id_ed25519 makes one, or give "
                "another with --ssh-key"
            ),
        ),
        (
            _take_the_key_away,
            (
                "{folder}/id_ed25519.pub: not in the DigitalOcean account; add it at "
                "https://cloud.digitalocean.com/account/security"
            ),
        ),
        (_turn_the_clock, "this machine's clock is 7 minutes ahead; set it: timedatectl set-ntp true"),
        (
            _read_only,
            (
                "DIGITALOCEAN_TOKEN may not do this: You are missing the required permission tag:create; give the "
                f"token the scope tag:create at https://cloud.digitalocean.com/account/api/tokens {REQUEST}"
            ),
        ),
        (
            _no_gpus,
            (
                "no droplet to be had in tor1 (gpu-l40sx1-48gb: this account may not have it, or there is no such "
                "size; gpu-6000adax1-48gb: this account may not have it, or there is no such size); name other sizes "
                "in droplet.sizes, or try later"
            ),
        ),
        (
            _sold_out,
            (
                "no droplet to be had in tor1 (gpu-l40sx1-48gb: sold out everywhere; gpu-6000adax1-48gb: now only in "
                "nyc2); name other sizes in droplet.sizes, or try later"
            ),
        ),
        (_elsewhere, "droplet.region: DigitalOcean has no ams1 with volumes; choose among nyc2, tor1"),
        (
            _no_size,
            "droplet.sizes: missing in labs/gpu-lab.toml; no size follows from what the lab uses of a GPU, so name one",
        ),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_one_line_says_what_is_wrong_and_nothing_is_made(
    scene: Scene, tmp_path: Path, spoil: Callable[[Scene], None], line: str
) -> None:
    spoil(scene)
    assert _refusal(scene) == line.format(folder=tmp_path)


def test_a_wrong_token_is_told_from_a_weak_one(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.cloud.scene.TOKEN", "dop_v1_wrong")
    assert _refusal(scene) == (
        "DigitalOcean does not know the token in DIGITALOCEAN_TOKEN; make one at "
        f"https://cloud.digitalocean.com/account/api/tokens {REQUEST}"
    )


def test_a_wrong_client_of_tailscale_is_told_before_anything_is_made(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tailscale, "CLIENT_SECRET", "another")
    monkeypatch.setattr("tests.cloud.scene.CLIENT_SECRET", "wrong")
    assert _refusal(scene) == (
        "Tailscale refuses POST oauth/token; TAILSCALE_CLIENT_ID and TAILSCALE_CLIENT_SECRET must be of an OAuth "
        "client with the scopes auth_keys and devices:core and the tag tag:gpu-lab: "
        "https://login.tailscale.com/admin/settings/oauth"
    )


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
@pytest.mark.parametrize(("goal", "left"), [(Goal.PARKED, 1), (Goal.GONE, 1), (Goal.ERASED, 0)])
def test_the_bill_ends_though_the_disk_takes_nothing_more(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, number: int, goal: Goal, left: int
) -> None:
    scene.go(Goal.RUNNING)
    with monkeypatch.context() as context:
        _take_nothing(context, number)
        with pytest.raises(LabError) as caught:
            scene.go(goal)
    why = os.strerror(number)
    assert str(caught.value) == (
        f"{scene.folder / 'state.json'}: cannot be written ({why}); all else is done, but what this machine remembers "
        "is older: make room, and give the command again"
    )
    assert (scene.left()["droplets"], scene.left()["volumes"]) == (0, left)
    scene.go(goal)
    assert (scene.site.mutating, scene.known) == ([], goal is not Goal.ERASED)


def _take_nothing(context: pytest.MonkeyPatch, number: int) -> None:
    """Let the disk take nothing; one that can only be read refuses to open for writing, too."""

    def refused(*_words: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    context.setattr("infra.cloud.record.os.fsync", refused)
    if number == errno.EROFS:
        really = os.open

        def opened(path: Path, flags: int, mode: int = 0o777) -> int:
            if flags & os.O_CREAT:
                refused()
            descriptor: int = really(path, flags, mode)
            return descriptor

        context.setattr("infra.cloud.record.os.open", opened)


@pytest.mark.parametrize("verb", [Goal.RUNNING, Goal.PARKED])
def test_a_state_that_is_no_file_is_told(scene: Scene, verb: Goal) -> None:
    (scene.folder / "state.json").mkdir(parents=True)
    message = r"/state\.json: cannot be read \(Is a directory\); it must be a file of yours$"
    with pytest.raises(LabError, match=message):
        scene.go(verb)


def test_a_full_disk_is_told_before_anything_is_made(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("infra.cloud.record.os.fsync", full)
    assert _refusal(scene) == (
        f"{scene.folder}/state.json: cannot be written (No space left on device); without it no droplet is ordered: "
        "make room"
    )


def test_a_volume_in_another_region_stays_there(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    scene.go(Goal.PARKED)
    scene.file.write_text(LAB + 'region = "nyc2"\n', encoding="utf-8")
    with pytest.raises(LabError) as caught:
        scene.go(Goal.RUNNING)
    assert str(caught.value) == (
        'droplet.region: is "nyc2" in labs/gpu-lab.toml, but the volume with the data is in tor1 and cannot move; '
        'write "tor1"'
    )
    assert (scene.site.mutating, scene.left()["volumes"]) == ([], 1)


@pytest.mark.parametrize(
    "keys", ["[]", '["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPFtBexrKSSNLGGtsekmP3jk97rOG5VQFKLReHLP5AZN"]']
)
def test_no_machine_is_planned_that_would_lock_its_owner_out(scene: Scene, keys: str) -> None:
    scene.file.write_text(LAB.replace(f'["{PUBLIC_KEY}"]', keys), encoding="utf-8")
    assert _refusal(scene).startswith("host.ssh_keys: labs/gpu-lab.toml does not have the key in ")
    assert scene.site.calls == []


def test_the_examples_tailnet_is_nobodys(scene: Scene) -> None:
    scene.file.write_text(LAB.replace("tail1a2b3c", EXAMPLE_TAILNET), encoding="utf-8")
    assert _refusal(scene) == (
        "tailnet: labs/gpu-lab.toml has the example's; write your own's name, which "
        "https://login.tailscale.com/admin/dns shows, and run ./lab synth"
    )
    assert scene.site.calls == []


def test_what_is_not_there_to_be_shipped_is_told_before_the_cloud_is_asked(scene: Scene) -> None:
    def refuse(where: str) -> None:
        raise LabError(where)

    scene.host.interrupt = refuse
    assert _refusal(scene) == "check gpu-lab"
    assert scene.site.calls == []
