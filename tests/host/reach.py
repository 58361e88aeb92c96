"""Who reaches what: ports that answer, and probes that find out which of them do."""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from typing import Final

from tests.host.namespaces import Namespace

# Whatever gets through answers within a millisecond, were it not for what else this machine does.
PATIENCE_SECONDS: Final = 20.0
QUIET_SECONDS: Final = 0.15


class Protocol(Enum):
    """A transport."""

    TCP = socket.SOCK_STREAM
    UDP = socket.SOCK_DGRAM


@dataclass(frozen=True)
class Port:
    """Where one asks: an address of either family, and a port."""

    protocol: Protocol
    address: str
    number: int

    def __repr__(self) -> str:
        return f"{self.protocol.name.lower()} [{self.address}]:{self.number}"


def ports(protocol: Protocol, addresses: Collection[str], numbers: Collection[int]) -> frozenset[Port]:
    """Every port of every address."""
    return frozenset(Port(protocol, address, number) for address in addresses for number in numbers)


@contextmanager
def answering(machine: Namespace, tcp: Collection[int], udp: Collection[int] = ()) -> Iterator[None]:
    """Answer on ports, on every address of both families, until the block ends."""
    with ExitStack() as open_, selectors.DefaultSelector() as selector:
        with machine.entered():
            for protocol, numbers in ((Protocol.TCP, tcp), (Protocol.UDP, udp)):
                for number in numbers:
                    selector.register(open_.enter_context(_listener(protocol, number)), selectors.EVENT_READ)
        ended = threading.Event()
        thread = threading.Thread(target=_answer, args=(selector, ended), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def _listener(protocol: Protocol, number: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6, protocol.value)
    listener.settimeout(0)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind(("::", number))
    if protocol is Protocol.TCP:
        listener.listen(512)
    return listener


def _answer(selector: selectors.BaseSelector, ended: threading.Event) -> None:
    while not ended.is_set():
        for key, _ in selector.select(timeout=0.1):
            listener = key.fileobj
            if not isinstance(listener, socket.socket):
                continue
            with suppress(OSError):  # the other side has gone
                if listener.type == socket.SOCK_STREAM:
                    listener.accept()[0].close()
                else:
                    listener.sendto(*listener.recvfrom(64))


def reached(machine: Namespace, candidates: Collection[Port], expected: Collection[Port] = ()) -> frozenset[Port]:
    """Ask every candidate at once and return those that answer.

    Args:
        machine: who asks.
        candidates: who is asked.
        expected: those worth waiting for; when all of them have answered, the others have a moment more.

    """
    return all_reached({machine: candidates}, expected)


def all_reached(candidates: Mapping[Namespace, Collection[Port]], expected: Collection[Port] = ()) -> frozenset[Port]:
    """Return what answers to any of several machines, each of which asks its own candidates; see `reached`."""
    with ExitStack() as open_, selectors.DefaultSelector() as selector:
        for machine, asked in candidates.items():
            with machine.entered():
                for port in asked:
                    with suppress(OSError):  # no route: not reached
                        selector.register(open_.enter_context(_asking(port)), _awaited(port), port)
        found: set[Port] = set()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and selector.get_map():
            answers = selector.select(timeout=QUIET_SECONDS)
            for key, _ in answers:
                selector.unregister(key.fileobj)
                if isinstance(key.fileobj, socket.socket) and _answered(key.fileobj):
                    found.add(key.data)
            if not answers and found.issuperset(expected):
                break
        return frozenset(found)


def _asking(port: Port) -> socket.socket:
    family = socket.AF_INET6 if ":" in port.address else socket.AF_INET
    asking = socket.socket(family, port.protocol.value)
    asking.settimeout(0)
    with suppress(BlockingIOError):
        asking.connect((port.address, port.number))
    if port.protocol is Protocol.UDP:
        asking.send(b"?")
    return asking


def _awaited(port: Port) -> int:
    return selectors.EVENT_WRITE if port.protocol is Protocol.TCP else selectors.EVENT_READ


def _answered(asking: socket.socket) -> bool:
    """Tell an answer from a refusal."""
    return asking.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
