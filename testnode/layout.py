"""Where a node is: its number gives its addresses, names and folder, so that nodes do not meet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from testnode import cache

NODE_NAME = "lab-node"
POD_RANGE = "10.42.0.0/16"
SERVICE_RANGE = "10.43.0.0/16"
DNS_SERVICE = "10.43.0.10"
API_SERVICE = "10.43.0.1"
API_PORT = 6443
CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Layout:
    """The places of one node. All that is not in its folder lives in its own namespaces, but for link, cgroup and lock.

    Attributes:
        number: 0 to 255; nodes with different numbers run beside each other.
        folder: everything that belongs to this node alone; removed when it ends, but for the logs.
        volume: the cluster with its data. It is `folder`, or a folder that is not removed: a node that is started with
            it, of whatever number, goes on with that cluster, as a new droplet does with the volume of a parked lab.

    """

    number: int
    folder: Path
    volume: Path

    @classmethod
    def of(cls, number: int, volume: Path | None = None) -> Layout:
        """Return the layout of the node with that number, in this project's cache folder."""
        folder = cache.root() / f"node-{number}"
        return cls(number, folder, volume or folder)

    @property
    def link(self) -> str:
        """Name of the outer end of the pair of links that leads to the node."""
        return f"gpu-lab{self.number}"

    @property
    def outer_address(self) -> str:
        """Address of this machine on that link: the node's default route."""
        return f"10.255.{self.number}.1"

    @property
    def address(self) -> str:
        """Address of the node on that link."""
        return f"10.255.{self.number}.2"

    @property
    def public_address(self) -> str:
        """Address that the node's pods take for one of the internet: public by its number, on no machine of the world.

        It is of the range for examples (RFC 5737), in which node 0 has the tenth.
        """
        return f"203.0.113.{(self.number + 10) % 256}"

    @property
    def api(self) -> str:
        """URL of the API server, the same from inside the node and from this machine."""
        return f"https://{self.address}:{API_PORT}"

    @property
    def cgroup(self) -> str:
        """Name of the cgroup, below the root of every controller, that holds all pods."""
        return f"gpu-lab{self.number}"

    @property
    def lock(self) -> Path:
        """File whose lock a running node holds."""
        return Path(f"/run/lock/gpu-lab-node{self.number}")

    @property
    def kubeconfig(self) -> Path:
        """Credentials of the cluster's administrator."""
        return self.tls / "admin.kubeconfig"

    @property
    def tls(self) -> Path:
        """Certificates, keys and kubeconfig files: the cluster's authorities, and what each node signs by them."""
        return self.volume / "tls"

    @property
    def database(self) -> Path:
        """Every object of the cluster."""
        return self.volume / "db"

    @property
    def storage(self) -> Path:
        """The content of persistent volumes."""
        return self.volume / "storage"

    @property
    def containers(self) -> Path:
        """What containerd keeps: images, and what it knows of containers."""
        return self.volume / "containerd"

    @property
    def logs(self) -> Path:
        """One file for each component."""
        return self.folder / "log"

    @property
    def configuration(self) -> Path:
        """Files that the components read."""
        return self.folder / "etc"

    @property
    def first_process(self) -> Path:
        """File with the id, as this machine counts, of the first process of the node's namespaces."""
        return self.folder / "init.pid"

    @property
    def archives(self) -> Path:
        """Images that are imported when the node starts."""
        return self.folder / "images"
