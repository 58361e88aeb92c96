"""What a program is told that asks wrongly: the status and the words, through the ingress."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import httpx
import pytest

from tests.cluster.running import RunningLab

pytestmark = pytest.mark.proves(3)

LONG: Final = "tide " * (1024 * 1024)  # 5 MiB


@pytest.fixture(scope="module")
def gateway(lab: RunningLab) -> Iterator[httpx.Client]:
    with lab.browser("litellm", lab.secret("gateway-keys/chat")) as browser:
        yield browser
