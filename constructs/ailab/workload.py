"""What a program of the lab is, as values: containers, ports, volumes, probes. `ailab.pod` turns them into a pod."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from ailab.images import Image
from ailab.secrets import SecretKey


@dataclass(frozen=True)
class Port:
    """A port a program listens on; its name is what other objects may call it."""

    name: str
    number: int


@dataclass(frozen=True)
class PodField:
    """A value that Kubernetes takes from the pod itself, such as `metadata.name`."""

    path: str


EnvValue = str | SecretKey | PodField


@dataclass(frozen=True, kw_only=True)
class Scratch:
    """An empty folder that lives as long as the pod."""

    name: str
    limit: str = "2Gi"
    in_memory: bool = False


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A volume that outlives pods, nodes and wrong commits."""

    name: str
    size: str
    storage_class: str | None = None


@dataclass(frozen=True, kw_only=True)
class Files:
    """Configuration files: a ConfigMap whose content is part of the pod's identity."""

    name: str
    content: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class HostFolder:
    """A folder of the node, for a workload with `HostAccess` alone."""

    name: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A volume at a path of a container."""

    volume: Scratch | Claim | Files | HostFolder
    path: str
    read_only: bool = False


@dataclass(frozen=True, kw_only=True)
class Http:
    """A probe by HTTP GET."""

    path: str
    port: int


@dataclass(frozen=True, kw_only=True)
class Exec:
    """A probe, or something to do, by a command inside the container."""

    command: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Tcp:
    """A probe by opening a connection."""

    port: int


Probe = Http | Exec | Tcp


@dataclass(frozen=True, kw_only=True)
class Probes:
    """When a program counts as started, ready and alive.

    `start_seconds` is how long it may take to start (models to load, databases to migrate) before it is restarted.
    """

    ready: Probe
    alive: Probe | None = None  # the same as `ready` when None
    start_seconds: int = 60
    timeout_seconds: int = 5


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What a container asks for and may take: cores, memory (Mi or Gi) and GPUs.

    There is no CPU limit: it would slow an answer down while cores are idle. The memory limit protects the neighbours.
    """

    cpu: str
    memory: str
    memory_limit: str
    gpus: int = 0


@dataclass(frozen=True, kw_only=True)
class Container:
    """One program."""

    name: str
    image: Image
    resources: Resources
    command: tuple[str, ...] = ()  # empty: the image's own entrypoint
    args: tuple[str, ...] = ()
    env: Mapping[str, EnvValue] = field(default_factory=dict)
    ports: tuple[Port, ...] = ()
    mounts: tuple[Mount, ...] = ()
    unmounted: tuple[str, ...] = ()  # folders of `image.writes` that it must see as the image filled them
    probes: Probes | None = None
    before_stop: Exec | None = None  # runs before the program is told to end; its time is part of `stop_seconds`


@dataclass(frozen=True, kw_only=True)
class HostAccess:
    """What a workload of the node itself may that no other may: folders of the node, root, and what is named here.

    Its namespace must be one that permits it (`ailab.namespace`).
    """

    why: str
    privileged: bool = False
    all_gpus: bool = False  # without asking for one, so that nothing is taken from those that do


@dataclass(frozen=True, kw_only=True)
class Workload:
    """The containers that run together, and what they need of the node.

    Raises:
        ValueError: it is root or mounts a folder of the node, without `HostAccess`.

    """

    name: str
    main: Container
    before: tuple[Container, ...] = ()  # run to their end, one after the other, before the others start
    beside: tuple[Container, ...] = ()
    service_account: str | None = None  # only for a program that talks to the API server
    node_labels: Mapping[str, str] = field(default_factory=dict)
    stop_seconds: int = 30
    host: HostAccess | None = None

    def __post_init__(self) -> None:
        """Refuse what only `HostAccess` permits."""
        folders = [mount.volume.path for mount in self.mounts if isinstance(mount.volume, HostFolder)]
        if self.host is None and (folders or self.main.image.user == 0):
            message = f"{self.name}: {folders or 'root'} of the node needs HostAccess, which says why"
            raise ValueError(message)

    @property
    def containers(self) -> tuple[Container, ...]:
        """All containers, in the order in which the pod lists them."""
        return (*self.before, self.main, *self.beside)

    @property
    def mounts(self) -> tuple[Mount, ...]:
        """All mounts of all containers."""
        return tuple(mount for container in self.containers for mount in container.mounts)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All volumes that outlive the pod, each once."""
        claims = {mount.volume.name: mount.volume for mount in self.mounts if isinstance(mount.volume, Claim)}
        return tuple(claims.values())

    @property
    def needs_the_old_one_gone(self) -> bool:
        """Whether two of it cannot run at once: a GPU or a volume that only one may have."""
        return self.main.resources.gpus > 0 or bool(self.claims)

    def with_env(self, env: Mapping[str, EnvValue]) -> Self:
        """Add environment variables to the main container."""
        return replace(self, main=replace(self.main, env={**self.main.env, **env}))

    def with_files(self, files: Files) -> Self:
        """Replace the main container's files of the same name."""
        mounts = (
            replace(mount, volume=files)
            if isinstance(mount.volume, Files) and mount.volume.name == files.name
            else mount
            for mount in self.main.mounts
        )
        return replace(self, main=replace(self.main, mounts=tuple(mounts)))

    def with_before_stop(self, action: Exec, seconds: int) -> Self:
        """Let the main container do something before it is told to end, and give it that many seconds more."""
        return replace(self, main=replace(self.main, before_stop=action), stop_seconds=self.stop_seconds + seconds)

    def with_before(self, *containers: Container) -> Self:
        """Add containers that run to their end before the main one starts."""
        return replace(self, before=(*self.before, *containers))


def wait_for(host: str, port: int, image: Image) -> Container:
    """Build a container that ends as soon as a port accepts connections.

    A Service without a ready pod refuses connections, so an open port means that a ready program is behind it.
    The image must have python3, as the image of the program that waits has. Told to end, it ends at once: the first
    process of a container hears no signal that it has no handler for, and a pod that waits would be waited for by a
    drain for as long as its program may take to end (man 7 pid_namespaces).
    """
    script = (
        "import signal, socket, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))\n"
        "while True:\n"
        "    try:\n"
        "        sys.exit(socket.create_connection((sys.argv[1], int(sys.argv[2])), 3).close())\n"
        "    except OSError as error:\n"
        "        print(sys.argv[1:], error, flush=True)\n"
        "        time.sleep(1)\n"
    )
    return Container(
        name=f"wait-for-{host}",
        image=image,
        command=("python3", "-c", script, host, str(port)),
        resources=Resources(cpu="10m", memory="32Mi", memory_limit="128Mi"),
    )
