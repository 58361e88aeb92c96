"""The first process of a node's namespaces: `python -m testnode.init FOLDER`.

It starts every component and ends when one of them does; the kernel then kills the rest.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from infra import process
from infra.errors import LabError
from infra.process import Child
from testnode import binaries, components, configuration, containerd
from testnode.api import Api
from testnode.components import Component
from testnode.layout import NODE_NAME, POD_RANGE, Layout
from testnode.patience import until
from testnode.setup import Setup

COMMAND_TIMEOUT_S = 60.0
START_TIMEOUT_S = 300.0
STORAGE_FOLDER = Path("/run/local-path")  # as manifests/local-path.yaml says

# What the kubelet sets for the whole machine, with the values that it wants.
# https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/kubelet/cm/container_manager_linux.go
KERNEL_TUNABLES = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}


class Components:
    """The running processes of the node, by process id."""

    def __init__(self, logs: Path) -> None:
        """Write what they print into `logs`."""
        self._logs = logs
        self._running: dict[int, tuple[str, Child]] = {}

    def start(self, component: Component) -> None:
        """Start one; containerd finds its helpers on PATH."""
        helpers = (binaries.CONTAINERD.recipe.folder, binaries.RUNC.recipe.folder)
        path = ":".join((*map(str, helpers), os.environ["PATH"]))
        child = process.start(component.argv, log=self._logs / f"{component.name}.log", env={"PATH": path})
        self._running[child.pid] = (component.name, child)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for something that a component does.

        Raises:
            LabError: a component ended, or it took too long.

        """

        def holds() -> bool:
            for name, child in self._running.values():
                if child.poll() is not None:
                    raise LabError(self._end(name, child.returncode))
            return condition()

        until(holds, START_TIMEOUT_S, what)

    def wait(self) -> str:
        """Collect orphans, as the first process must, until a component ends; return what to say."""
        while True:
            pid, status = os.wait()
            if pid in self._running:
                return self._end(self._running[pid][0], os.waitstatus_to_exitcode(status))

    def _end(self, name: str, status: int) -> str:
        return f"{name} ended with status {status}; see {self._logs / name}.log"


def prepare_mounts(layout: Layout) -> None:
    """Give the node its own /run, logs, kubelet folder, identity and kernel tunables, unseen from outside."""
    _mount("--make-rshared", "/")
    _mount("-t", "tmpfs", "tmpfs", "/run")
    for name in ("netns", "lock"):
        Path("/run", name).mkdir()
    _bind(layout.folder / "pod-logs", Path("/var/log"))
    _bind(layout.folder / "kubelet", components.KUBELET_FOLDER)
    _bind(layout.storage, STORAGE_FOLDER)
    tunables = {Path("/proc/sys", name): value for name, value in KERNEL_TUNABLES.items()}
    for path, value in (tunables | _identity()).items():
        stand_in = layout.folder / "machine" / path.relative_to("/")
        stand_in.parent.mkdir(parents=True, exist_ok=True)
        stand_in.write_text(value)
        _mount("--bind", str(stand_in), str(path))


def _identity() -> dict[Path, str]:
    """Make up what the kubelet tells machines, and starts of one, apart by; not every machine has all of it."""
    identity = {Path("/etc/machine-id"): uuid4().hex, Path("/proc/sys/kernel/random/boot_id"): str(uuid4())}
    return {path: value for path, value in identity.items() if path.exists()}


def _mount(*words: str) -> None:
    process.run(("mount", *words), timeout=COMMAND_TIMEOUT_S)


def _bind(folder: Path, target: Path) -> None:
    for path in (folder, target):
        path.mkdir(parents=True, exist_ok=True)
    _mount("--bind", str(folder), str(target))


def prepare_network(layout: Layout) -> None:
    """Set up the node's end of the link; to other machines, pods have the node's address."""
    until(Path("/sys/class/net/eth0").exists, START_TIMEOUT_S, "the node's network link")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    for words in (
        ("hostname", NODE_NAME),
        ("ip", "link", "set", "lo", "up"),
        ("ip", "address", "add", f"{layout.address}/30", "dev", "eth0"),
        ("ip", "link", "set", "eth0", "up"),
        ("ip", "route", "add", "default", "via", layout.outer_address),
        ("iptables", "-t", "nat", "-A", "POSTROUTING", "-s", POD_RANGE, "-o", "eth0", "-j", "MASQUERADE"),
    ):
        process.run(words, timeout=COMMAND_TIMEOUT_S)
    # Without this the packets between two pods of the bridge pass no NetworkPolicy.
    Path("/proc/sys/net/bridge/bridge-nf-call-iptables").write_text("1")


def start_server(layout: Layout, running: Components) -> Api:
    """Start the datastore and the API server; it is not ready yet."""
    layout.database.mkdir(parents=True, exist_ok=True)
    running.start(components.datastore(layout))
    running.until(components.KINE_SOCKET.exists, "kine")
    running.start(components.api_server(layout))
    return Api(layout)


def start_runtime(setup: Setup, running: Components) -> None:
    """Start containerd and give it the node's images, which it keeps in its own form."""
    configuration.write(setup, containerd.default_container())
    running.start(components.container_runtime(setup.layout))
    running.until(configuration.CONTAINERD_SOCKET.exists, "containerd")
    for archive in sorted(setup.layout.archives.glob("*.tar")):
        containerd.import_archive(archive)
        archive.unlink()


def start_pods(setup: Setup, running: Components) -> None:
    """Start everything that makes pods run and reach each other."""
    running.start(components.kubelet(setup.layout))
    running.start(components.service_proxy(setup.layout))
    enforcer = (sys.executable, "-m", "testnode.policy_enforcer", str(setup.layout.folder))
    running.start(Component("policy-enforcer", enforcer))
    if setup.gpus:
        # The kubelet empties the folder of device plugins when it starts.
        running.until((components.KUBELET_FOLDER / "device-plugins/kubelet.sock").exists, "the kubelet")
        running.start(components.fake_gpu(setup))


def main(folder: Path) -> str:
    """Start the node and stay until a component ends; return which one."""
    setup = Setup.load(folder)
    layout = setup.layout
    running = Components(layout.logs)
    prepare_mounts(layout)
    prepare_network(layout)
    api = start_server(layout, running)
    if not setup.server_only:
        start_runtime(setup, running)
    running.until(lambda: api.answers("/readyz"), "the API server")
    for component in components.controllers(layout):
        running.start(component)
    if not setup.server_only:
        start_pods(setup, running)
    return running.wait()


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1])))
    except LabError as error:
        sys.exit(str(error))
