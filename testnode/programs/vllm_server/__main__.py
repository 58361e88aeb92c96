"""What runs as `vllm` in the stand-in: `python -m testnode.programs.vllm_server serve MODEL FLAGS`."""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from infra.errors import LabError
from testnode.programs.vllm_server.api import Api
from testnode.programs.vllm_server.engine import Engine
from testnode.programs.vllm_server.metrics import Metrics
from testnode.programs.vllm_server.model import load
from testnode.programs.vllm_server.options import read
from testnode.programs.vllm_server.server import Server


def main() -> int:
    """Serve until the pod is stopped; return the exit status."""
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(name)s: %(message)s")
    # The first process of a container has no default action for signals.
    signal.signal(signal.SIGTERM, _end)
    options = read(sys.argv[1:])
    try:
        model = load(options, Path(os.environ["HF_HOME"]))
    except LabError as error:
        logging.getLogger("vllm").critical("%s", error)
        return 1
    metrics = Metrics(options.served_name)
    api = Api(options, model, Engine(metrics, options.max_num_seqs), metrics)
    Server(api, options.port).serve_forever()
    return 0


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
