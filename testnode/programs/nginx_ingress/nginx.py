"""The nginx process and the files that it reads."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from infra import process

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path("/etc/nginx")
PID = Path("/var/lib/nginx/nginx.pid")
START_S = 10.0
STOP_S = 20.0


class Nginx:
    """One nginx that serves what it was last given."""

    def __init__(self, program: Path) -> None:
        self._argv = (program, "-p", ROOT, "-c", ROOT / "nginx.conf")
        self._running: process.Child | None = None
        self._files: Mapping[str, str] = {}

    def serve(self, files: Mapping[str, str]) -> bool:
        """Serve this configuration from now on; return whether it is another one.

        Raises:
            LabError: nginx refuses it, or does not start.

        """
        if files == self._files:
            return False
        for name in self._files.keys() - files.keys():
            (ROOT / name).unlink()
        for name, text in files.items():
            (ROOT / name).parent.mkdir(exist_ok=True)
            (ROOT / name).write_text(text)
        process.run((*self._argv, "-t"), timeout=START_S)
        if self._running:
            self._running.send_signal(signal.SIGHUP)
        else:
            self._start()
        self._files = dict(files)
        return True

    def ended(self) -> bool:
        """Return whether nginx was started and runs no more."""
        return self._running is not None and self._running.poll() is not None

    def stop(self) -> None:
        """Let open requests end, then end."""
        if self._running and self._running.poll() is None:
            self._running.send_signal(signal.SIGQUIT)
            self._running.wait(STOP_S)

    def _start(self) -> None:
        # The folder outlives the container, and so would the file of an nginx that was killed.
        PID.unlink(missing_ok=True)
        self._running = process.start(self._argv, log=Path("/dev/stdout"))
        # nginx writes the file when its ports are open.
        deadline = time.monotonic() + START_S
        while not PID.exists() and time.monotonic() < deadline and not self.ended():
            time.sleep(0.02)
