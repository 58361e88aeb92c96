"""From a stock image to the lab's NixOS: installer, disk, system, restart. Each step looks first, so it may repeat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Final

from ailab.host_facts import CLUSTER_TOKEN, DISK, HOST_KEY, SECRETS, STAGED
from ailab.spec.droplet import VOLUME_LABEL
from infra.shipping.bundle import FOLDER, Entry, archive, secret
from infra.shipping.disclosure import LOCK
from infra.shipping.flake import Flake
from infra.shipping.keys import RELEASES, Identity
from infra.shipping.places import CONFIGURATION, DISK_MARK, EXCLUSION, FETCHED, SYSTEM_MARK, TARGET, VOLUMES, below
from infra.shipping.sight import Doors, Machine, System, look, wait_for
from infra.ssh import Login, UnreachableError, run, script

# The installer that NixOS's community builds of each release that is kept up, here of the one in nixos/flake.nix; it
# starts in memory, from whatever Linux runs, and keeps the machine's addresses, host keys and root's authorized keys
# (https://github.com/nix-community/nixos-images).
INSTALLER: Final = (
    "https://github.com/nix-community/nixos-images/releases/download/nixos-26.05/"
    "nixos-kexec-installer-noninteractive-x86_64-linux.tar.gz"
)
FETCH_SECONDS: Final = 600
DISK_SECONDS: Final = 1800
SYSTEM_SECONDS: Final = 5400  # what no cache has is built: the driver's modules
RESTART_SECONDS: Final = 900  # a GPU droplet's firmware takes minutes
COPY_SECONDS: Final = 300

# Under a lock of the machine: where a connection broke, what it began may still run, and is waited for.
FETCH: Final = """\
mkdir -p "$2"
curl --fail --silent --show-error --location --retry 5 --output "$2/installer.tar.gz" "$1"
sha256sum <"$2/installer.tar.gz" | cut -d ' ' -f 1
"""
TO_INSTALLER: Final = """\
echo "$2  $1/installer.tar.gz" | sha256sum --check --quiet
tar --extract --gzip --directory="$1" --file="$1/installer.tar.gz"
exec setsid --wait "$1/kexec/run" </dev/null
"""
# Revisions say which inputs; the lock has the hash of each, too, so that no other content passes for one. A machine
# that had one already keeps to it. Nix adds what is missing and leaves the rest.
TO_LOCK: Final = """\
[ -e "$1/flake.lock" ] || [ ! -e "$2/flake.lock" ] || cp "$2/flake.lock" "$1/flake.lock"
nix --extra-experimental-features 'nix-command flakes' flake lock "path:$1" >&2
cat "$1/flake.lock"
"""
# Names of disks are given in the order in which they are found: what has the name is looked at before it is written.
# blkid reads it itself, where lsblk would show what udev has noted; its status 2 says that there is no label.
TO_DISK: Final = """\
[ ! -e "$2" ] || exit 0
disk=$3
refuse() {
  there=$(lsblk --nodeps --noheadings --raw --output NAME,SIZE | paste --serial --delimiters=,)
  echo "$disk: $1, and nothing was written; of the disks there, $there, name the droplet's own as DISK in" \
    "constructs/ailab/host_facts.py, then ./lab synth and ./lab up" >&2
  exit 1
}
parts=$(lsblk --noheadings --raw --paths --output NAME "$disk" 2>/dev/null) || refuse 'is no disk that lsblk can read'
for volume in "$5"*; do
  [ "$(readlink --canonicalize "$volume")" != "$(readlink --canonicalize "$disk")" ] ||
    refuse "is the volume ${volume#"$5"}"
done
for part in $parts; do
  label=$(blkid --probe --match-tag LABEL --output value "$part" || [ $? = 2 ])
  [ "$label" != "$4" ] || refuse "holds a lab's data, by the label $4 of $part"
done
nix --extra-experimental-features 'nix-command flakes' build --out-link /run/gpu-lab-disk "$1"
/run/gpu-lab-disk
mkdir -p "${2%/*}"
echo done >"$2"
"""
TO_SYSTEM: Final = """\
[ "$(cat "$2" 2>/dev/null)" != "$3" ] || exit 0
rm -f "$2"
nixos-install --no-root-passwd --no-channel-copy --root "$4" --flake "$1"
printf '%s\\n' "$3" >"$2"
sync
"""
UNPACK: Final = 'tar --extract --no-same-owner --preserve-permissions --directory="$1"'
# The new tree beside the old one, then in its place: no file of the old one is left, and a broken connection leaves
# the old one.
REPLACE: Final = """\
rm -rf "$1.new"
mkdir -p "$1.new"
tar --extract --no-same-owner --preserve-permissions --directory="$1.new"
rm -rf "$1"
mv "$1.new" "$1"
"""
RESTART: Final = "nohup sh -c 'sleep 1; reboot' >/dev/null 2>&1 &"  # a second later, so that ssh has its answer
Told = Callable[[str], None]
"""Is told what begins, one line at a time."""


def install(doors: Doors, identity: Identity, flake: Flake, tell: Told) -> Machine:
    """Bring a machine to where the lab's NixOS runs, from wherever it is.

    Args:
        doors: its logins.
        identity: the lab's keys; the lasting one becomes the machine's.
        flake: the configuration, which has a `nixosConfigurations` of the lab's name.
        tell: is told what begins.

    Raises:
        LabError: a step failed, or took longer than it may; `install` can be called again.

    """
    machine = look(doors)
    if machine.system is System.STOCK:
        tell("fetching NixOS's installer")
        digest = locked(machine.login, FETCH, INSTALLER, str(FETCHED), seconds=FETCH_SECONDS).strip()
        if before := identity.remember_installer(digest):
            tell(f"the installer is another than last time: was {before}, is {digest}; {RELEASES} shows the newest")
        tell("starting NixOS's installer")
        # Where the installer of a run that was broken off comes up meanwhile, the connection breaks, and all is well.
        with suppress(UnreachableError):
            locked(machine.login, TO_INSTALLER, str(FETCHED), digest, seconds=FETCH_SECONDS)
        machine = wait_for(doors, _installs, RESTART_SECONDS, "NixOS's installer runs")
    if machine.system is System.INSTALLER:
        _fill(machine.login, identity, flake, tell)
        tell("restarting into NixOS")
        script(doors.first_boot, RESTART, timeout=30)
        machine = wait_for(doors, _runs, RESTART_SECONDS, "the lab's NixOS runs")
    identity.forget_first_boot()
    return machine


def _fill(login: Login, identity: Identity, flake: Flake, tell: Told) -> None:
    """Make the disk, and on it the system with its keys."""
    tell("preparing the disk")
    flake = stage(login, flake, tell)
    disk = f"path:{STAGED}#nixosConfigurations.{identity.lab}.config.system.build.diskoScript"
    mark = str(below(TARGET, DISK_MARK))
    locked(login, TO_DISK, disk, mark, str(DISK), VOLUME_LABEL, VOLUMES, seconds=DISK_SECONDS)
    tell("installing NixOS")
    put(login, TARGET, own_files(identity))
    target = below(TARGET, CONFIGURATION)
    replace_tree(login, target, flake.files)
    mark = str(below(TARGET, SYSTEM_MARK))
    locked(login, TO_SYSTEM, f"path:{target}#{identity.lab}", mark, flake.version, str(TARGET), seconds=SYSTEM_SECONDS)


def stage(login: Login, flake: Flake, tell: Told) -> Flake:
    """Put the flake where it is built, with its inputs locked; returns it with that lock, which is kept here, too."""
    replace_tree(login, STAGED, flake.files)
    lock = locked(login, TO_LOCK, str(STAGED), str(CONFIGURATION), seconds=FETCH_SECONDS).encode()
    if lock != flake.lock:
        tell(f"{flake.folder / LOCK} is new: it says what every later machine is built of; commit it")
    return flake.locked(lock)


def own_files(identity: Identity) -> list[Entry]:
    """Give what only this machine has and no store may hold: its host key, and what k3s encrypts its data with."""
    private, public = identity.host_key()
    paths = (PurePosixPath("etc"), PurePosixPath("etc/ssh"), PurePosixPath("var"), PurePosixPath("var/lib"))
    return [
        # Every folder with its mode: whoever unpacks must not give them one of its own.
        *(Entry(path, FOLDER) for path in (*paths, SECRETS.parent.relative_to("/"))),
        Entry(HOST_KEY.relative_to("/"), 0o600, private.encode()),
        Entry(HOST_KEY.with_suffix(".pub").relative_to("/"), 0o644, f"{public}\n".encode()),
        *secret(CLUSTER_TOKEN.relative_to("/"), identity.cluster_token()),
    ]


def put(login: Login, folder: PurePosixPath, entries: Sequence[Entry]) -> None:
    """Write files below a folder of the machine, each with its mode and root's; other files stay."""
    script(login, UNPACK, str(folder), stdin=archive(entries), timeout=COPY_SECONDS)


def replace_tree(login: Login, folder: PurePosixPath, entries: Sequence[Entry]) -> None:
    """Make a folder of the machine hold these files and no other."""
    script(login, REPLACE, str(folder), stdin=archive(entries), timeout=COPY_SECONDS)


def locked(login: Login, text: str, *arguments: str, seconds: float, lock: PurePosixPath = EXCLUSION) -> str:
    """Run lines of shell that no other run under the same lock may meet; returns what they print."""
    return run(login, "flock", str(lock), "sh", "-euc", text, "sh", *arguments, timeout=seconds).stdout


def _installs(machine: Machine) -> bool:
    return machine.system is System.INSTALLER


def _runs(machine: Machine) -> bool:
    return machine.system is System.NIXOS and machine.installed is not None
