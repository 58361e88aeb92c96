"""Where on the machine this package keeps things; what the NixOS modules read, too, is in `ailab.host_facts`."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

CONFIGURATION: Final = PurePosixPath("/etc/nixos")  # the flake, as it was last shipped
# What has been done to the machine, each written at the end of what it tells.
DISK_MARK: Final = PurePosixPath("/var/lib/gpu-lab/disk")
SYSTEM_MARK: Final = PurePosixPath("/var/lib/gpu-lab/system")
FETCHED: Final = PurePosixPath("/var/lib/gpu-lab-installer")  # on the stock image
EXCLUSION: Final = PurePosixPath("/run/gpu-lab.lock")  # held by whoever changes the machine
# Held by whoever stops or starts the lab: a stop that a broken connection left running is waited for, as it would stop
# all later. A lock of its own: no end of a bill waits for a build.
RESTING: Final = PurePosixPath("/run/gpu-lab-rest.lock")
KUBECONFIG: Final = PurePosixPath("/etc/rancher/k3s/k3s.yaml")
# k3s applies what appears here (https://docs.k3s.io/installation/packaged-components#auto-deploying-manifests-addons).
MANIFESTS: Final = PurePosixPath("/var/lib/rancher/k3s/server/manifests")
# How each volume of DigitalOcean's is called, with its name behind
# (https://docs.digitalocean.com/products/volumes/how-to/mount/).
VOLUMES: Final = "/dev/disk/by-id/scsi-0DO_Volume_"
TARGET: Final = PurePosixPath("/mnt")  # where the installer has the machine's own disk


def below(root: PurePosixPath, path: PurePosixPath) -> PurePosixPath:
    """Give a path of the running system as it is called while its disk is mounted at `root`."""
    return root / path.relative_to("/")
