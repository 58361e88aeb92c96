"""A node ends with its owner, or when it is asked to, and leaves nothing on the machine."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import process
from infra.errors import LabError
from testnode import credentials, lock
from testnode.launch import Plan
from testnode.layout import CGROUPS, Layout
from testnode.node import Node
from testnode.patience import until

pytestmark = pytest.mark.node

NUMBER = 101
LAYOUT = Layout.of(NUMBER)
SERVER_ONLY = Plan(server_only=True)
LISTENER = "203.0.113.101"

# A program that starts a node, says so, and stays. Tests may run where Ctrl-C is ignored, as in the background of a
# shell, and its children would inherit that.
OWNER = f"""
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from testnode.launch import Plan
from testnode.node import running_node
plan = Plan(hosts={{"registry.example": "{LISTENER}"}}, server_only=sys.argv[1] == "server only")
with running_node(plan, {NUMBER}):
    print("up", flush=True)
    time.sleep(1000)
"""


def _machine() -> dict[str, str]:
    """Return what a node could change of the machine outside its own names."""
    tunables = [
        *Path("/proc/sys/vm").iterdir(),
        *Path("/proc/sys/kernel").iterdir(),
        *Path("/proc/sys/net/ipv4").iterdir(),
    ]
    readable = {str(path): _content(path) for path in tunables if path.is_file()}
    filters = process.run(("iptables-save",), timeout=10).stdout
    return readable | {"iptables": re.sub(r"#.*|\[\d+:\d+\]", "", filters)}


# Counters and random values, which change by themselves.
CHANGING = re.compile(r"random|ns_last_pid|uuid|pty/nr|.*inode-|tainted")


def _content(path: Path) -> str:
    if CHANGING.search(str(path)):
        return ""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return "not readable"


def _traces(layout: Layout) -> list[str]:
    """Return everything on this machine that belongs to a node, but for its logs."""
    names = (str(layout.folder), layout.cgroup)
    commands = {path.parent.name: _content(path) for path in Path("/proc").glob("[0-9]*/cmdline")}
    links = process.run(("ip", "-oneline", "address"), timeout=10).stdout.splitlines()
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    cgroups = [str(path) for root in (CGROUPS, *CGROUPS.iterdir()) for path in root.glob(layout.cgroup)]
    files = [str(path) for path in layout.folder.glob("*") if path != layout.logs]
    mentions = [line for line in (*commands.values(), *links, *mounts) if any(name in line for name in names)]
    holders = [str(note) for note in [lock.holder(layout)] if note is not None]
    addresses = [line for line in links if LISTENER in line]
    return [*mentions, *cgroups, *files, *holders, *addresses]


@pytest.fixture(autouse=True)
def _nothing_before_and_after() -> Iterator[None]:
    Node(NUMBER).down()
    assert _traces(LAYOUT) == []
    before = _machine()
    yield
    assert _traces(LAYOUT) == []
    assert _machine() == before


def _owner(tmp_path: Path, kind: str = "server only") -> process.Child:
    log = tmp_path / "owner.log"
    child = process.start((sys.executable, "-c", OWNER, kind), log=log, cwd=Path.cwd())
    until(lambda: log.read_text() == "up\n" or child.poll() is not None, 300, "the owner's node is up")
    assert log.read_text() == "up\n"
    return child


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _nothing_is_left() -> None:
    until(lambda: _traces(LAYOUT) == [], 120, "nothing is left of the node")


def test_nothing_is_left_when_the_owner_of_a_node_with_pods_is_killed(tmp_path: Path) -> None:
    child = _owner(tmp_path, "with pods")
    assert len(_traces(LAYOUT)) > 20
    child.kill()
    child.wait()
    _nothing_is_left()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_when_the_owner_gets(number: signal.Signals, tmp_path: Path) -> None:
    child = _owner(tmp_path)
    child.send_signal(number)
    child.wait()
    _nothing_is_left()


def test_nothing_is_left_when_an_owner_is_killed_while_its_node_starts(tmp_path: Path) -> None:
    child = process.start((sys.executable, "-c", OWNER, "with pods"), log=tmp_path / "owner.log", cwd=Path.cwd())
    until(lambda: Path("/sys/class/net", LAYOUT.link).exists(), 60, "the link is there")
    child.kill()
    child.wait()
    _nothing_is_left()


def test_when_the_keeper_is_killed_the_node_dies_and_the_next_command_removes_the_rest() -> None:
    node = Node(NUMBER)
    node.up(SERVER_ONLY)
    keeper = _parent(_parent(int(LAYOUT.first_process.read_text())))
    os.kill(keeper, signal.SIGKILL)
    until(lambda: not Path("/sys/class/net", LAYOUT.link).exists(), 60, "the kernel has ended the namespaces")
    assert node.running() is None
    node.down()


def test_another_process_can_use_an_owned_node_but_not_end_it(tmp_path: Path) -> None:
    child = _owner(tmp_path)
    guest = Node(NUMBER)
    assert guest.kubectl("get", "--raw", "/readyz").stdout == "ok"
    with pytest.raises(LabError, match=f"is running for process {child.pid} "):
        guest.down()
    assert guest.kubectl("get", "--raw", "/readyz").stdout == "ok"
    child.terminate()
    child.wait()
    _nothing_is_left()


def test_a_component_that_ends_while_the_node_starts_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    create = credentials.create

    def create_with_a_broken_key(layout: Layout) -> None:
        create(layout)
        (layout.tls / "service-accounts.key").write_text("no key")

    monkeypatch.setattr(credentials, "create", create_with_a_broken_key)
    with pytest.raises(LabError) as failed:
        Node(NUMBER).up(SERVER_ONLY)
    log = LAYOUT.logs / "kube-apiserver.log"
    assert str(failed.value) == f"test node {NUMBER} did not start: kube-apiserver ended with status 1; see {log}"


def test_ending_a_node_that_is_not_running_does_nothing() -> None:
    Node(NUMBER).down()
