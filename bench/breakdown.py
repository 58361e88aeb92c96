"""Where the time of one synthesis goes: `python -m bench.breakdown` in a checkout prints it as JSON, in seconds.

It runs in a process of its own, since imports and the start of Node happen once.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from infra.console import result

# The first moment that this program can see; what came before is Python's own start.
BEGAN: Final = time.perf_counter()


class Stopwatch:
    """Time and number of calls of a function that is wrapped in it; calls from inside itself do not count again."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.calls = 0
        self._depth = 0

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, timed."""

        def timed(*args: object, **words: object) -> object:
            began = time.perf_counter()
            self._depth += 1
            try:
                return function(*args, **words)
            finally:
                self._depth -= 1
                if not self._depth:
                    self.seconds += time.perf_counter() - began
                    self.calls += 1

        return timed


def main() -> None:
    """Synthesize all labs of this checkout into a folder that is thrown away."""
    from ailab.spec import load  # noqa: PLC0415 - what an import costs is measured here

    labs = [load(file) for file in sorted(Path("labs").glob("*.toml"))]
    read = time.perf_counter()
    from ailab import Lab  # noqa: PLC0415 - same

    _ = Lab.synth  # `ailab` imports what it offers when it is asked for
    imported = time.perf_counter()
    messages = Stopwatch()
    from jsii._kernel.providers.process import _NodeProcess  # noqa: PLC0415 - same; jsii has no public name

    _NodeProcess.send = messages.around(_NodeProcess.send)  # type: ignore[method-assign]
    made = synthesized = 0.0
    with TemporaryDirectory() as folder:
        for lab in labs:
            began = time.perf_counter()
            app = Lab(lab, Path(folder) / lab.name)
            made += time.perf_counter() - began
            began = time.perf_counter()
            app.synth()
            synthesized += time.perf_counter() - began
    times = {
        "read and check the lab files": read - BEGAN,
        "import cdk8s and start Node": imported - read,
        "make the constructs": made,
        "bodies, YAML, files": synthesized,
        "of the last two: wait for Node": messages.seconds,
    }
    result(json.dumps({"seconds": times, "messages": messages.calls}))


if __name__ == "__main__":
    main()
