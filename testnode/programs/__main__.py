"""Install the programs: `python -m testnode.programs`."""

from __future__ import annotations

import sys
import time

from infra.console import result, say
from infra.errors import LabError
from testnode.programs.table import programs


def main() -> int:
    """Install what is missing, one line a program; return the exit status."""
    for program in programs():
        began = time.monotonic()
        try:
            program.install(say)
        except LabError as error:
            say(str(error))
            return 1
        result(f"{program.stand_in.program}: {time.monotonic() - began:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
