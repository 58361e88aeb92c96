"""Network namespaces of this machine's kernel: machines with nothing but a network."""

from __future__ import annotations

import ctypes
import itertools
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra import process
from infra.process import Completed

SECONDS: Final = 60
_CLONE_NEWNET: Final = 0x40000000
_numbers: Final = itertools.count()
_libc: Final = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Namespace:
    """One machine of the network."""

    name: str  # as `ip netns` knows it

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Run the block as this machine: sockets that are made in it, and programs that are started, stay there."""
        with ExitStack() as back:
            home = back.enter_context(Path(f"/proc/self/task/{threading.get_native_id()}/ns/net").open("rb"))
            there = back.enter_context(Path("/run/netns", self.name).open("rb"))
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(home.fileno())

    def run(
        self, *words: str | Path, env: Mapping[str, str] | None = None, stdin: str | None = None, check: bool = True
    ) -> Completed:
        """Run a program there, to its end.

        Raises:
            CommandError: its status is not 0 (with `check`).

        """
        with self.entered():
            return process.run(words, timeout=SECONDS, env=env, stdin=stdin, check=check)

    @contextmanager
    def running(self, *words: str | Path, log: Path, env: Mapping[str, str] | None = None) -> Iterator[None]:
        """Run a program there until the block ends, or this process does, however that ends."""
        with self.entered():
            child = process.start(("setpriv", "--pdeathsig", "KILL", *words), log=log, env=env)
        try:
            yield
        finally:
            child.terminate()
            child.wait(timeout=SECONDS)

    def ip(self, *lines: str) -> None:
        """Give commands to `ip`, one a line."""
        for line in lines:
            self.run("ip", *line.split())

    def link_address(self, link: str) -> str:
        """Return the hardware address of a link."""
        found: str = json.loads(self.run("ip", "-json", "link", "show", "dev", link).stdout)[0]["address"]
        return found


def _enter(descriptor: int) -> None:
    if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextmanager
def namespaces(*names: str) -> Iterator[Sequence[Namespace]]:
    """Make machines without any link; they end with the block, and with them all links and rules."""
    made = [Namespace(f"gpu-lab-{os.getpid()}-{next(_numbers)}-{name}") for name in names]
    with ExitStack() as end:
        for namespace in made:
            process.run(("ip", "netns", "add", namespace.name), timeout=SECONDS)
            end.callback(process.run, ("ip", "netns", "delete", namespace.name), timeout=SECONDS)
            namespace.ip("link set lo up")
        yield made


def connect(first: Namespace, first_link: str, second: Namespace, second_link: str) -> None:
    """Lay a cable between two machines; each end is up and has no address."""
    first.ip(f"link add {first_link} type veth peer name {second_link} netns {second.name}")
    first.ip(f"link set {first_link} up")
    second.ip(f"link set {second_link} up")
