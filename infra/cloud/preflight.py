"""What is looked at before anything is made: each mistake is one line, and costs nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from ailab.spec import LabSpec
from infra.cloud.clock import Clock
from infra.cloud.provider import Cloud
from infra.cloud.resources import Account, SshKey
from infra.cloud.state import State
from infra.cloud.wanted import Wanted
from infra.errors import LabError
from infra.labs import EXAMPLE_TAILNET

LARGEST_SKEW: Final = 60.0
"""Seconds between this machine's clock and DigitalOcean's. What was asked for is looked for until it is old enough to
be in every list (`infra.cloud.observation.SETTLE`), and a clock that is set meanwhile makes it older by as much."""
VOLUMES: Final = "storage"  # the feature of a region that has volumes


def check_tailnet(lab: LabSpec) -> None:
    """Make sure that the lab's addresses are the owner's own.

    Raises:
        LabError: they are those of the example.

    """
    if lab.tailnet == EXAMPLE_TAILNET:
        message = (
            f"tailnet: labs/{lab.name}.toml has the example's; write your own's name, which "
            "https://login.tailscale.com/admin/dns shows, and run ./lab synth"
        )
        raise LabError(message)


def check_lab(lab: str, folder: Path, known: State | None) -> None:
    """Make sure that what is remembered is of this lab: a copy of another lab's folder leads to that lab's things.

    Raises:
        LabError: it is not.

    """
    if known and known.lab != lab:
        message = (
            f"{folder}: is the state of {known.lab}, not of {lab}; move it away, and ./lab adopt finds {lab} if it is "
            "there"
        )
        raise LabError(message)


def check_owner(account: Account, known: State | None) -> None:
    """Make sure that the token leads to where the lab is: in another account all of it seems to be gone.

    Raises:
        LabError: it does not.

    """
    if known and known.owner != account.owner:
        message = (
            f"DIGITALOCEAN_TOKEN: is of {account.email}'s account, and {known.lab} is in another; "
            "give a token of the account in which it was made"
        )
        raise LabError(message)


def check_account(account: Account, there: datetime, clock: Clock) -> None:
    """Make sure that the account may make droplets, and that this machine's clock agrees with the one there.

    Raises:
        LabError: it may not, or they do not.

    """
    if account.status == "locked":
        message = f"DigitalOcean has locked the account of {account.email}: {account.status_message}"
        raise LabError(message)
    ahead = (clock.now() - there).total_seconds()
    if abs(ahead) > LARGEST_SKEW:
        way = "ahead" if ahead > 0 else "behind"
        message = f"this machine's clock is {abs(ahead) / 60:.0f} minutes {way}; set it: timedatectl set-ntp true"
        raise LabError(message)


def check_region(cloud: Cloud, wanted: Wanted) -> None:
    """Make sure that the region exists and has volumes.

    Raises:
        LabError: it does not.

    """
    able = [region.slug for region in cloud.regions() if region.available and VOLUMES in region.features]
    if wanted.region not in able:
        message = f"droplet.region: DigitalOcean has no {wanted.region} with volumes; choose among {', '.join(able)}"
        raise LabError(message)


def check_login(lab: LabSpec, identity: Path) -> None:
    """Make sure that the lab's NixOS takes the operator's key: its first start would lock out everybody else.

    Raises:
        LabError: the lab's file does not have the key, or there is none here.

    """
    file, own = _own(identity)
    if own not in map(_blob, lab.host.ssh_keys):
        message = (
            f"host.ssh_keys: labs/{lab.name}.toml does not have the key in {file}, so the machine would not let you "
            "in; add that file's line and run ./lab synth, or give another key with --ssh-key"
        )
        raise LabError(message)


def find_key(cloud: Cloud, identity: Path) -> SshKey:
    """Find the operator's public key in the account.

    Raises:
        LabError: there is none here, or not there.

    """
    file, own = _own(identity)
    for key in cloud.ssh_keys():
        if _blob(key.public_key) == own:
            return key
    message = f"{file}: not in the DigitalOcean account; add it at https://cloud.digitalocean.com/account/security"
    raise LabError(message)


def _own(identity: Path) -> tuple[Path, tuple[str, ...]]:
    """Read the public half of the operator's key; returns its file, too."""
    file = identity.with_name(identity.name + ".pub")
    if not identity.is_file() or not file.is_file():
        message = f"{file}: no ssh key; ssh-keygen -t ed25519 -f {identity} makes one, or give another with --ssh-key"
        raise LabError(message)
    return file, _blob(file.read_text(encoding="utf-8"))


def _blob(public_key: str) -> tuple[str, ...]:
    """Leave the comment out, which differs from place to place."""
    return tuple(public_key.split()[:2])
