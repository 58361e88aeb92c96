"""Promise: the lab fits the smallest machine, with what the system itself needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from infra.manifests import Object, requests

CORES: Final = 1.7
MEMORY: Final = 20.0  # GiB


def budget(objects: Sequence[Object]) -> Iterator[str]:
    asked = requests(objects)
    if asked.cores > CORES:
        yield f"the lab requests {asked.cores:.2f} cores, more than {CORES}"
    if asked.memory > MEMORY:
        yield f"the lab requests {asked.memory:.1f} GiB, more than {MEMORY}"
