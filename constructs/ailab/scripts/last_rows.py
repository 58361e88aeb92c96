"""last_rows.py GATEWAY QUIET LIMIT: return when the gateway has had the time to write the rows of its last answers.

Runs in the gateway's container before it is told to end, with the standard library alone. Told to end, LiteLLM 1.103
gives up rows that its timer is writing at that moment, and any row that it cannot write within seconds (decision 0021).
So it goes on as usual until its database has answered for QUIET seconds on end, or LIMIT seconds are over.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request

PAUSE = 1  # seconds between two looks


def connected(gateway: str) -> bool:
    """Say whether the gateway has its database; it connects again where it has not."""
    try:
        with urllib.request.urlopen(f"{gateway}/health/readiness", timeout=10) as answer:  # noqa: S310 - this pod's own
            return bool(json.load(answer).get("db") == "connected")
    except (OSError, ValueError):
        return False


def main(gateway: str, quiet: float, limit: float) -> None:
    """Wait, and say how it ended: the kubelet repeats it in an event only if the status is not 0."""
    began = last_silence = time.monotonic()
    while (now := time.monotonic()) - began < limit:
        if not connected(gateway):
            last_silence = time.monotonic()
        elif now - last_silence >= quiet:
            return
        time.sleep(PAUSE)
    sys.exit(f"the database did not answer for {quiet:g} s on end within {limit:g} s: rows may be lost")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))
