"""Host facts: what the NixOS modules of a lab's machine are told (`nixos/labs/<lab>.json`), derived from its file.

Whatever the host and the manifests must agree about stands here once: a port, a path, an address of the cluster. Nix
reads it, and so does what ships the host.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Final

from ailab.network import DOOR_LABEL, HTTP
from ailab.pod import GPU_DEVICE_NAMES
from ailab.spec import LabSpec
from ailab.spec.droplet import VOLUME_LABEL
from ailab.versions import FLOORS, GPU_FLOORS, KUBERNETES

SSH_PORT: Final = 22
MACHINE_TAG: Final = "tag:gpu-lab"  # of every lab's machine in its tailnet
TAILSCALE_INTERFACE: Final = "tailscale0"
TAILSCALE_UDP_PORT: Final = 41641
POD_INTERFACES: Final = ("cni0", "flannel.1")  # the bridge of k3s's pods, and the overlay between nodes
HOST_KEY: Final = PurePosixPath("/etc/ssh/ssh_host_ed25519_key")
SECRETS: Final = PurePosixPath("/var/lib/gpu-lab/secrets")  # on the machine's own disk, shipped again with each droplet
TAILSCALE_KEY: Final = SECRETS / "tailscale-auth-key"
CLUSTER_TOKEN: Final = SECRETS / "k3s-token"
DISK: Final = PurePosixPath("/dev/vda")  # the droplet's own, written anew with each droplet: nothing on it is kept
STATE: Final = PurePosixPath("/mnt/gpu-lab")  # the volume that outlives the droplet
STAGED: Final = PurePosixPath("/run/gpu-lab-nixos")  # the flake, while it is tried
TRIAL: Final = PurePosixPath("/run/gpu-lab-rollback")  # what the guard of a change remembers until it is kept or undone
# From before the change starts, which waits for k3s, over 90 s of logins, to the end of a second evaluation.
TRIAL_MINUTES: Final = 10


@dataclass(frozen=True)
class Ssh:
    """The one door that is public."""

    port: int
    host_key: str
    keys: tuple[str, ...]  # of those who may log in


@dataclass(frozen=True)
class Gpu:
    """The card that the local models share."""

    device_names: str  # what the container toolkit calls a GPU: "index" for its number


@dataclass(frozen=True)
class State:
    """The volume that outlives the droplet."""

    device: str
    folder: str


@dataclass(frozen=True)
class SecretFiles:
    """Where `./lab up` puts what no store and no repository may hold; root alone reads it."""

    folder: str
    tailscale_key: str  # used once, to join the tailnet
    k3s_token: str


@dataclass(frozen=True)
class Change:
    """How another configuration is tried: it is undone unless a fresh login confirms it."""

    flake: str  # where `./lab up` puts `nixos/`
    folder: str  # gone after a restart
    minutes: int  # until the restart into the former system


@dataclass(frozen=True)
class K3s:
    """The cluster of one node."""

    version: str  # minor
    api_port: int
    pod_network: str
    service_network: str
    names: tuple[str, ...]  # under which the API server is asked
    labels: tuple[str, ...]  # of the node
    interfaces: tuple[str, ...]  # where pods' packets come in


@dataclass(frozen=True)
class Tailscale:
    """The machine in its tailnet."""

    tag: str
    interface: str
    udp_port: int
    direct: bool  # whether that port is public


@dataclass(frozen=True)
class Web:
    """Where tailscaled forwards browsers' requests to."""

    exposure: str
    address: str
    port: int
    hosts: tuple[str, ...]  # a name for each published service; the first label is the service's


@dataclass(frozen=True)
class HostFacts:
    """All that the NixOS modules know of a lab."""

    lab: str
    gpu: Gpu | None
    name_servers: tuple[str, ...]  # for names of the internet
    ssh: Ssh
    disk: str  # what a droplet starts from; of a machine of one's own it says nothing
    state: State
    secrets: SecretFiles
    change: Change
    k3s: K3s
    tailscale: Tailscale
    web: Web | None  # none where the cluster has an ingress controller of its own
    floors: Mapping[str, str]  # program: the oldest version that will do

    @classmethod
    def of(cls, spec: LabSpec) -> HostFacts:
        """Derive the facts of a lab."""
        return cls(
            lab=spec.name,
            gpu=Gpu(GPU_DEVICE_NAMES) if spec.gpu_shares else None,
            name_servers=spec.host.name_servers,
            ssh=Ssh(SSH_PORT, str(HOST_KEY), spec.host.ssh_keys),
            disk=str(DISK),
            state=State(f"/dev/disk/by-label/{VOLUME_LABEL}", str(STATE)),
            secrets=SecretFiles(
                folder=str(SECRETS),
                tailscale_key=str(TAILSCALE_KEY),
                k3s_token=str(CLUSTER_TOKEN),
            ),
            change=Change(flake=str(STAGED), folder=str(TRIAL), minutes=TRIAL_MINUTES),
            k3s=_k3s(spec),
            tailscale=Tailscale(
                tag=MACHINE_TAG,
                interface=TAILSCALE_INTERFACE,
                udp_port=TAILSCALE_UDP_PORT,
                direct=spec.droplet.direct_tailscale,
            ),
            web=_web(spec),
            floors={f.program: f.version for f in (*FLOORS, *(GPU_FLOORS if spec.gpu_shares else ()))},
        )

    def json(self) -> str:
        """Write the facts as the NixOS modules read them."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"


def _k3s(spec: LabSpec) -> K3s:
    return K3s(
        version=KUBERNETES,
        api_port=spec.cluster.api_port,
        pod_network=spec.cluster.pod_network,
        service_network=spec.cluster.service_network,
        names=(spec.name, spec.machine),
        labels=tuple(f"{key}={value}" for key, value in DOOR_LABEL.items()),
        interfaces=POD_INTERFACES,
    )


def _web(spec: LabSpec) -> Web | None:
    if spec.web.existing:
        return None
    return Web(
        exposure=spec.web.exposure.value,
        address=spec.web.cluster_ip,
        port=HTTP,
        hosts=tuple(spec.hosts(service)[0] for service in spec.published),
    )
