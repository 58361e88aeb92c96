"""A node for a person: with everything that a lab needs, until it is told to end.

`python -m testnode.session NUMBER FOLDER` runs the node for the manifests in FOLDER. It prints what happens, then
READY, and ends on SIGTERM; the node ends with it in any case.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from infra import manifests
from infra.console import result
from infra.errors import LabError
from testnode.internet.model_registry import tiny_models
from testnode.lab_node import lab_node

READY = "the node is ready"


def pulled_models(objects: list[manifests.Object]) -> list[str]:
    """Collect the models that the download Jobs ask Ollama's registry for."""
    return [
        word
        for _, template in manifests.pod_templates(objects)
        for container in template["spec"]["containers"]
        if "/etc/pull/pull.sh" in container.get("command", [])
        for word in container["args"]
    ]


def main(number: int, folder: Path) -> None:
    """Run the node until SIGTERM."""
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    objects = manifests.read(folder)
    with lab_node(objects, tiny_models(pulled_models(objects)), number=number, progress=result):
        result(READY)
        signal.sigwait(ends)


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), Path(sys.argv[2]))
    except LabError as error:
        sys.exit(str(error))
