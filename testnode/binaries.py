"""The programs of the test node: upstream Kubernetes and what k3s puts around it, built from Go modules.

k3s itself cannot be built from the module proxy, so the node is upstream Kubernetes with k3s's own
datastore (kine), command-line flags, address ranges and addons.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from infra import process
from testnode import cache, debian
from testnode.cache import Progress, Recipe

SOURCES = Path(__file__).parent / "go"
BUILD_TIMEOUT_S = 3600.0
KUBERNETES = "1.36.3"

BUILD_PACKAGES = ("gcc", "libc6-dev", "libseccomp-dev", "pkg-config")
RUN_PACKAGES = ("conntrack", "iproute2", "iptables", "openssl", "util-linux")


@dataclass(frozen=True)
class GoProgram:
    """One Go module and the commands of it that the node uses.

    Attributes:
        name: what it is called in the cache.
        packages: the commands; empty when the module is our own, in `go/<name>`.
        version: of the module; our own have none.
        output: the binary's name where it is not the package's, for our own modules.
        tags: Go build tags.
        link: the linker's flags beside those that drop debug information.
        cgo: whether it needs a C compiler.

    """

    name: str
    packages: tuple[str, ...] = ()
    version: str = ""
    output: str = ""
    tags: str = ""
    link: str = ""
    cgo: bool = False

    @property
    def recipe(self) -> Recipe:
        """How it is built into the cache."""
        source = "" if self.packages else SOURCES / self.name
        return Recipe(self.name, cache.key(repr(self), source), self._build)

    def _build(self, folder: Path) -> None:
        flags = ("-tags", self.tags, "-ldflags", f"-s -w {self.link}".strip())
        env = {
            "GOFLAGS": "-trimpath -buildvcs=false",
            "CGO_ENABLED": str(int(self.cgo)),
            "GOBIN": str(folder),
        }
        if self.packages:
            wanted = (f"{package}@{self.version}" for package in self.packages)
            process.run(("go", "install", *flags, *wanted), timeout=BUILD_TIMEOUT_S, env=env)
        else:
            binary = folder / (self.output or self.name)
            process.run(
                ("go", "build", *flags, "-o", binary, "."),
                timeout=BUILD_TIMEOUT_S,
                env=env,
                cwd=SOURCES / self.name,
            )


def _kubernetes_version_flags() -> str:
    facts = {
        "gitVersion": f"v{KUBERNETES}",
        "gitMajor": "1",
        "gitMinor": KUBERNETES.split(".")[1],
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
    }
    return " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in facts.items())


_CONTAINERD = "github.com/containerd/containerd/v2"
_CNI = "github.com/containernetworking/plugins/plugins"

KUBE = GoProgram("kube", output="labk8s", tags="providerless", link=_kubernetes_version_flags())
KINE = GoProgram("kine", ("github.com/k3s-io/kine",), "v0.17.5", cgo=True)
COREDNS = GoProgram("coredns", ("github.com/coredns/coredns",), "v1.15.0")
LOCAL_PATH = GoProgram("local-path-provisioner", ("github.com/rancher/local-path-provisioner",), "v0.0.30")
CONTAINERD = GoProgram(
    "containerd",
    tuple(f"{_CONTAINERD}/cmd/{name}" for name in ("containerd", "ctr", "containerd-shim-runc-v2")),
    "v2.4.2",
    tags="no_btrfs,no_zfs,no_devmapper",
    link=f"-X {_CONTAINERD}/version.Version=2.4.2",
)
CNI = GoProgram(
    "cni",
    tuple(f"{_CNI}/{name}" for name in ("main/bridge", "main/loopback", "ipam/host-local", "meta/portmap")),
    "v1.9.1",
)
RUNC = GoProgram("runc", ("github.com/opencontainers/runc",), "v1.5.2", tags="seccomp", cgo=True)
PAUSE = GoProgram("pause")
NETPROBE = GoProgram("netprobe")

PROGRAMS = (KUBE, KINE, COREDNS, LOCAL_PATH, CONTAINERD, CNI, RUNC, PAUSE, NETPROBE)


def missing() -> tuple[str, ...]:
    """Return the names of the programs that are not in the cache yet."""
    return tuple(program.name for program in PROGRAMS if not program.recipe.built)


def build(progress: Progress) -> None:
    """Build what is not in the cache yet; about ten minutes on two cores with nothing cached.

    Raises:
        LabError: a package or a module cannot be had, or a build failed.

    """
    debian.install(RUN_PACKAGES, progress)
    if not missing():
        return
    debian.install(BUILD_PACKAGES, progress)
    for program in PROGRAMS:
        program.recipe.build(progress)
