"""What runs as `/nginx-ingress` in the stand-in: `python -m testnode.programs.nginx_ingress FLAGS`."""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from infra.errors import LabError
from testnode.programs.nginx_ingress.api import Api
from testnode.programs.nginx_ingress.controller import Controller, check
from testnode.programs.nginx_ingress.nginx import Nginx
from testnode.programs.nginx_ingress.options import read
from testnode.programs.nginx_ingress.readiness import Readiness


def main() -> int:
    """Serve until the pod is stopped; return the exit status."""
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(name)s: %(message)s")
    # The first process of a container has no default action for signals.
    signal.signal(signal.SIGTERM, _end)
    options = read(sys.argv[1:])
    nginx = Nginx(Path(os.environ["GPU_LAB_NGINX"]))
    try:
        api = Api()
        check(api, options)
        Controller(api, options, nginx, Readiness(options.ready_port)).run()
    except LabError as error:
        logging.getLogger("nginx-ingress").critical("%s", error)
        return 1
    finally:
        nginx.stop()
    return 0


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
