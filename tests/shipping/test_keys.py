"""The keys of a lab's machine: made once, readable by their owner alone, and what vouches for what."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from infra.errors import LabError
from infra.process import run
from infra.shipping.keys import Identity
from infra.shipping.reached import Reached

pytestmark = pytest.mark.needs("ssh-keygen")


@pytest.fixture
def identity(tmp_path: Path) -> Identity:
    return Identity("gpu-lab", tmp_path / "state" / "gpu-lab")


def test_keys_and_token_are_made_once(identity: Identity) -> None:
    first = (identity.host_key(), identity.cluster_token())
    assert (identity.host_key(), identity.cluster_token()) == first
    assert identity.host_key()[1].endswith(" gpu-lab")


def test_of_a_token_in_k3s_own_form_the_password_is_the_clusters(identity: Identity) -> None:
    token = identity.cluster_token()
    (identity.folder / "k3s-token").write_text(f"K10{'a' * 64}::server:{token}", encoding="utf-8")
    assert identity.cluster_token() == token


def test_the_host_key_and_the_clusters_token_are_on_the_disk_when_they_are_given(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    monkeypatch.setattr(
        "infra.private_file.os.fsync",
        lambda descriptor: synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name),
    )
    identity.host_key()
    assert synced == ["ssh_host_ed25519_key", "gpu-lab", "ssh_host_ed25519_key.pub", "gpu-lab"]
    synced.clear()
    identity.cluster_token()
    assert (len(synced), synced[1:]) == (2, ["gpu-lab"])


def test_only_their_owner_reads_them(identity: Identity) -> None:
    umask = os.umask(0)
    try:
        identity.host_key()
        identity.cluster_token()
        identity.user_data()
        identity.remember()
    finally:
        os.umask(umask)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in identity.folder.iterdir()}
    public = {name for name in modes if name.endswith(".pub")}
    assert {name: mode for name, mode in modes.items() if name not in public} == dict.fromkeys(
        ("first_boot_ed25519_key", "k3s-token", "known_hosts", "ssh_host_ed25519_key"), 0o600
    )
    assert stat.S_IMODE(identity.folder.stat().st_mode) == 0o700


def test_user_data_gives_cloud_init_the_key_of_the_first_boot_alone(identity: Identity) -> None:
    lasting, _ = identity.host_key()
    head, text = identity.user_data().split("\n", 1)
    config = yaml.safe_load(text)
    assert head == "#cloud-config"
    assert config.keys() == {"ssh_deletekeys", "ssh_genkeytypes", "ssh_keys"}
    assert (config["ssh_deletekeys"], config["ssh_genkeytypes"]) == (True, [])
    assert config["ssh_keys"]["ed25519_private"] != lasting
    # The key is whole: its public half can be made from it.
    made = run(["ssh-keygen", "-y", "-f", identity.folder / "first_boot_ed25519_key"], timeout=30).stdout.split()
    assert config["ssh_keys"]["ed25519_public"].split()[:2] == made[:2]


def test_each_key_vouches_for_its_own_name_and_the_first_boots_no_longer_than_it_must(identity: Identity) -> None:
    identity.user_data()
    identity.remember()
    known = identity.known_hosts.read_text()
    assert [line.split()[:2] for line in known.splitlines()] == [
        ["gpu-lab", "ssh-ed25519"],
        ["gpu-lab-first-boot", "ssh-ed25519"],
    ]
    identity.forget_first_boot()
    assert identity.known_hosts.read_text() == known.splitlines(keepends=True)[0]


def test_each_order_of_a_droplet_has_a_key_of_its_own(identity: Identity) -> None:
    """What a machine's first boot could read vouches for no other machine, however the first one ended."""
    first, second = (json.loads(identity.user_data().partition("\n")[2])["ssh_keys"] for _ in range(2))
    assert {first["ed25519_private"], first["ed25519_public"]} & {
        second["ed25519_private"],
        second["ed25519_public"],
    } == set()
    identity.remember()
    public = second["ed25519_public"].split()[1]
    assert (
        identity.known_hosts.read_text(encoding="utf-8").splitlines()[1] == f"gpu-lab-first-boot ssh-ed25519 {public}"
    )


def test_a_key_whose_making_was_broken_off_is_made_anew(identity: Identity) -> None:
    identity.folder.mkdir(parents=True)
    (identity.folder / "ssh_host_ed25519_key").write_text("half", encoding="utf-8")
    private, public = identity.host_key()
    assert private.startswith("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    assert public.startswith("ssh-ed25519 ")


def _reach(identity: Identity) -> None:
    Reached(address="192.0.2.7", identity=Path("key")).remember(identity.folder)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (Identity.host_key, "ssh_host_ed25519_key"),
        (Identity.cluster_token, "k3s-token"),
        (Identity.user_data, "first_boot_ed25519_key"),
        (Identity.forget_first_boot, "known_hosts"),
        (lambda identity: identity.remember_installer("0" * 64), "installer.sha256"),
        (_reach, "machine.json"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize(
    "refusal", [(errno.ENOSPC, "make room"), (errno.EROFS, "let yourself write there")], ids=["full", "read-only"]
)
def test_a_disk_that_takes_no_more_is_one_line_and_leaves_every_file_as_it_was(
    identity: Identity,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Identity], object],
    name: str,
    refusal: tuple[int, str],
) -> None:
    number, repair = refusal

    def refuse(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    if make is not Identity.host_key:
        identity.host_key()
    _reach(identity)
    if make is _reach:
        (identity.folder / name).write_text("as it was", encoding="utf-8")
    before = {file.name: file.read_bytes() for file in identity.folder.iterdir()}
    monkeypatch.setattr("infra.private_file.os.fsync", refuse)
    with pytest.raises(LabError) as caught:
        make(identity)
    assert str(caught.value) == (
        f"{identity.folder / name}: cannot be written ({os.strerror(number)}); {repair}, and give the command again"
    )
    assert {file.name: file.read_bytes() for file in identity.folder.iterdir()} == before
