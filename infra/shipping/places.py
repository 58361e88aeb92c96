"""Where on the machine things are: what the NixOS modules in `nixos/` and this package must agree about."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

CONFIGURATION: Final = PurePosixPath("/etc/nixos")  # the flake, as it was last shipped
SECRETS: Final = PurePosixPath("/var/lib/gpu-lab/secrets")
TAILSCALE_KEY: Final = SECRETS / "tailscale-auth-key"
CLUSTER_TOKEN: Final = SECRETS / "k3s-token"
HOST_KEY: Final = PurePosixPath("/etc/ssh/ssh_host_ed25519_key")
# What has been done to the machine, each written at the end of what it tells.
DISK_MARK: Final = PurePosixPath("/var/lib/gpu-lab/disk")
SYSTEM_MARK: Final = PurePosixPath("/var/lib/gpu-lab/system")
LOCK: Final = PurePosixPath("/run/gpu-lab.lock")
STATE: Final = PurePosixPath("/mnt/gpu-lab")  # the volume that outlives the droplet
KUBECONFIG: Final = PurePosixPath("/etc/rancher/k3s/k3s.yaml")
# k3s applies what appears here (https://docs.k3s.io/installation/packaged-components#auto-deploying-manifests-addons).
MANIFESTS: Final = PurePosixPath("/var/lib/rancher/k3s/server/manifests")
TARGET: Final = PurePosixPath("/mnt")  # where the installer has the machine's own disk


def below(root: PurePosixPath, path: PurePosixPath) -> PurePosixPath:
    """Give a path of the running system as it is called while its disk is mounted at `root`."""
    return root / path.relative_to("/")
