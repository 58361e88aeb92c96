"""Keeps one node: starts its namespaces, waits, and leaves nothing behind.

`python -m testnode.keeper FOLDER LOCK`: LOCK is the open descriptor of the node's lock, whose file names the owner.
The node ends when its owner does, however that happens, or on SIGTERM. If this process is killed, the kernel kills the
whole node, and the next holder of the lock removes what is left.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
from pathlib import Path

from infra import process
from infra.errors import LabError
from infra.process import Child
from testnode import leftovers
from testnode.layout import Layout
from testnode.lock import Lock
from testnode.patience import until
from testnode.setup import Setup

START_TIMEOUT_S = 60.0
COMMAND_TIMEOUT_S = 60.0

# The chain of deaths: this process -> setpriv's program -> the first process -> everything in its namespaces.
NAMESPACES = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child=SIGKILL"),
    *("--mount-proc", "--propagation", "private"),
)

log = logging.getLogger(__name__)


def start(layout: Layout) -> Child:
    """Start the node in namespaces of its own; return the process that waits for its first one."""
    leftovers.make_cgroups(layout)
    first = (sys.executable, "-m", "testnode.init", layout.folder)
    child = process.start((*NAMESPACES, *first), log=layout.logs / "init.log")
    children = Path(f"/proc/{child.pid}/task/{child.pid}/children")
    until(lambda: children.read_text().strip() != "", START_TIMEOUT_S, "the node's namespaces")
    layout.first_process.write_text(children.read_text().strip())
    return child


def connect(setup: Setup) -> None:
    """Make the pair of links between this machine and the node, with all addresses of this end."""
    layout = setup.layout
    peer = ("type", "veth", "peer", "name", "eth0", "netns", layout.first_process.read_text())
    _ip("link", "add", layout.link, *peer)
    _ip("address", "add", f"{layout.outer_address}/30", "dev", layout.link)
    for address in setup.outer_addresses:
        _ip("address", "add", f"{address}/32", "dev", layout.link)
    _ip("link", "set", layout.link, "up")


def _ip(*words: str) -> None:
    process.run(("ip", *words), timeout=COMMAND_TIMEOUT_S)


def wait_for_end(child: Child, owner: int, asked: int) -> str:
    """Return why the node shall end: its owner or the node has ended, or `asked` can be read."""
    try:
        reasons = {
            asked: "asked to end",
            os.pidfd_open(child.pid): "the node has ended",
            os.pidfd_open(owner): f"its owner, process {owner}, has ended",
        }
    except ProcessLookupError:
        return f"its owner, process {owner}, had ended"
    poll = select.poll()
    for descriptor in reasons:
        poll.register(descriptor, select.POLLIN)
    return reasons[poll.poll()[0][0]]


def end(layout: Layout, child: Child) -> None:
    """Kill the node's first process, with which the kernel kills all others, and wait for that."""
    if child.poll() is None:
        os.kill(int(layout.first_process.read_text()), signal.SIGKILL)
        child.wait()


def asked_to_end() -> int:
    """Return a descriptor that can be read once this process got SIGTERM, SIGINT or SIGHUP.

    Signals that the owner had blocked would otherwise be blocked here, and in every container.
    """
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    reading, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.set_wakeup_fd(writing)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return reading


def keep(setup: Setup, owner: int, asked: int) -> None:
    """Run the node until it shall end, and end it."""
    child = start(setup.layout)
    try:
        connect(setup)
        log.info("ending: %s", wait_for_end(child, owner, asked))
    finally:
        end(setup.layout, child)


def main(folder: Path, descriptor: int) -> None:
    """Keep the node, then remove all that it had on this machine."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    asked = asked_to_end()
    setup = Setup.load(folder)
    lock = Lock(descriptor)
    note = lock.note()
    if note is None:
        message = f"{setup.layout.lock}: says nothing of the node that holds it"
        raise LabError(message)
    try:
        keep(setup, note.owner, asked)
    finally:
        leftovers.remove(setup.layout)
        lock.clear()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
