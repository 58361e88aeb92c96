"""A one-node Kubernetes cluster on this machine: start it, use it, end it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from infra import process
from infra.errors import LabError
from infra.process import Child, Completed
from testnode import addons, binaries, components, containerd, launch, lock
from testnode.cache import Progress
from testnode.images import stand_in_image
from testnode.launch import Plan, Start
from testnode.layout import NODE_NAME, Layout
from testnode.lock import Note
from testnode.setup import Setup
from testnode.standin import StandIn

STOP_TIMEOUT_S = 300.0  # it waits for the kernel, and deletes gigabytes
COMMAND_TIMEOUT_S = 120.0
NOTHING_BESIDE = Plan()


def quiet(_line: str) -> None:
    """Tell nobody."""


class Node:
    """The node of one number; a node that another process started can be used too."""

    def __init__(self, number: int = 0, progress: Progress = quiet, volume: Path | None = None) -> None:
        """Use the node of that number; nodes of different numbers run beside each other.

        With a `volume` the cluster is in that folder, which stays: the next node that has it goes on with the cluster.
        """
        self.layout = Layout.of(number, volume)
        self._progress = progress
        self._keeper: Child | None = None

    @property
    def kubeconfig(self) -> Path:
        """Credentials of the administrator, for use on this machine while the node runs."""
        return self.layout.kubeconfig

    def running(self) -> Note | None:
        """Return whose node is running, or None."""
        return lock.holder(self.layout)

    def up(self, plan: Plan = NOTHING_BESIDE) -> None:
        """Start the node and wait until pods can run and find each other by name.

        It ends with this process, however that ends. Programs that are not in the cache yet are built first, which
        takes about ten minutes.

        Raises:
            LabError: this user is not root, a node of this number is running, or it did not start.

        """
        if os.geteuid() != 0:
            message = "a test node needs root: it makes namespaces, mounts and network links"
            raise LabError(message)
        binaries.build(self._progress)
        held = launch.take_lock(self.layout)
        try:
            launch.prepare(self.layout, plan)
            self._keeper = launch.start_keeper(self.layout, held)
        finally:
            held.close()
        try:
            with closing(Start(self.layout, self._keeper, self._progress)) as start:
                self._wait(start, plan)
        except BaseException:
            self.down()
            raise

    def _wait(self, start: Start, plan: Plan) -> None:
        accounts = "/api/v1/namespaces/default/serviceaccounts/default"
        start.until(lambda: start.api.answers("/readyz"), "API server answers")
        if plan.server_only:
            start.until(lambda: start.api.answers(accounts), "controllers work")
            return
        start.until(lambda: start.api.answers(f"/api/v1/namespaces/{addons.NAMESPACE}"), "addons can be applied")
        self.kubectl("apply", "-f", addons.MANIFESTS, "-f", "-", stdin=addons.hosts_map(plan.hosts))
        start.until(lambda: start.api.answers(accounts), "controllers work")
        start.until(self._takes_pods, "the node takes pods")
        for name in addons.DEPLOYMENTS:
            start.until(partial(start.api.available, addons.NAMESPACE, name), f"{name} runs")

    def _takes_pods(self) -> bool:
        """Let pods come back to a node that was drained before it ended; returns whether the node is known yet."""
        return self.kubectl("uncordon", NODE_NAME, check=False).status == 0

    def down(self) -> None:
        """End the node and wait until nothing is left of it. Does nothing when none is running.

        Raises:
            LabError: another process started the node.

        """
        if self._keeper is not None:
            self._keeper.terminate()
            self._keeper.wait(STOP_TIMEOUT_S)
            self._keeper = None
        launch.clean(self.layout)  # the keeper leaves something only if it was killed

    def kubectl(
        self, *words: str | Path, stdin: str | None = None, check: bool = True, timeout: float = COMMAND_TIMEOUT_S
    ) -> Completed:
        """Run kubectl on this machine as the cluster's administrator.

        Raises:
            CommandError: it failed (with `check`) or did not end within `timeout` seconds.

        """
        command = (components.kubernetes_binary(), "kubectl", "--kubeconfig", self.kubeconfig, *words)
        # What kubectl remembers of an address must not outlive the cluster that had it.
        env = {"KUBECACHEDIR": str(self.layout.folder / "kubectl")}
        return process.run(command, stdin=stdin, check=check, timeout=timeout, env=env)

    def entering(self, *argv: str | Path) -> tuple[str | Path, ...]:
        """Return the command line that runs a program of this machine as a process of the node itself.

        It sees the node's network, mounts and processes, as tailscaled does on a real host, and ends with the node.
        """
        target = self.layout.first_process.read_text()
        namespaces = ("--mount", "--net", "--pid", "--uts", "--ipc")
        return ("nsenter", "--target", target, *namespaces, f"--wdns={Path.cwd()}", *argv)

    def inside(self, *argv: str | Path, check: bool = True, timeout: float = COMMAND_TIMEOUT_S) -> Completed:
        """Run a program as a process of the node itself, to its end; see `entering`."""
        return process.run(self.entering(*argv), check=check, timeout=timeout)

    def add_images(self, images: Mapping[str, StandIn]) -> None:
        """Give the running node more images.

        Raises:
            LabError: an image needs a folder that the node's containers do not see.

        """
        seen = Setup.load(self.layout.folder).binds
        for reference, stand_in in images.items():
            for bind in stand_in.binds:
                if not any(bind.is_relative_to(folder) for folder in seen):
                    message = f"{reference}: {bind} is not visible on the running node; give the image to `up`"
                    raise LabError(message)
            archive = launch.write_archive(self.layout, stand_in_image(reference, stand_in))
            self.inside(*containerd.command("images", "import", archive))


@contextmanager
def running_node(
    plan: Plan = NOTHING_BESIDE, number: int = 0, progress: Progress = quiet, volume: Path | None = None
) -> Iterator[Node]:
    """Start a node for the length of a `with` block; it ends in any case with this process."""
    node = Node(number, progress, volume)
    node.up(plan)
    try:
        yield node
    finally:
        node.down()
