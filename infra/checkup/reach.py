"""Runs in a pod, in the place of a part: opens a connection to each of its targets and says what came of it.

Its arguments are a JSON list of [host, port] (port 0: only the name is looked up) and how many seconds it waits before
the first try; it prints a JSON list of [outcome, seconds] in the same order.
"""

import json
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor

SECONDS = 5
# Policies name pods by their addresses: a new pod's own takes a moment to get everywhere.
PATIENCE_SECONDS = 12
PAUSE_SECONDS = 0.5


def outcome(host: str, port: int) -> str:
    """Say what comes of one try."""
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return "nameless"
    if not port:
        return "connected"
    try:
        with socket.create_connection((host, port), timeout=SECONDS):
            return "connected"
    except TimeoutError:
        return "silent"
    except OSError:
        return "refused"


def timed(target: tuple[str, int]) -> tuple[str, float]:
    """Try one target until it is reached, or patience ends; give the last try's outcome and how long that one took."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        began = time.monotonic()
        found = outcome(*target)
        ended = time.monotonic()
        if found == "connected" or ended > deadline:
            return found, ended - began
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    targets = json.loads(sys.argv[1])
    time.sleep(float(sys.argv[2]))
    with ThreadPoolExecutor(len(targets)) as pool:
        sys.stdout.write(json.dumps(list(pool.map(timed, targets))) + "\n")
