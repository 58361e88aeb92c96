"""A stream that brings nothing for longer than nginx waits by itself, as while a model is read from its volume."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import httpx
import pytest

from testnode.patience import until
from tests.cluster.gateway_chat import stream
from tests.cluster.running import ANSWER, RunningLab
from tests.cluster.service_door import opened

pytestmark = [pytest.mark.proves(3), pytest.mark.long]

SILENT_SECONDS: Final = 75  # nginx: 60
# The engine of a model is a process of its own. Looks out for the next one that Ollama starts, in the background, halts
# it, and lets it go on after a time.
HALT: Final = f"""\
while :; do
  for file in /proc/[0-9]*/comm; do
    if read -r name < "$file" && [ "$name" = llama-server ]; then
      engine=${{file#/proc/}} engine=${{engine%/comm}}
      kill -STOP "$engine" && sleep {SILENT_SECONDS} && kill -CONT "$engine"
      exit
    fi
  done
done > /dev/null 2>&1 &
"""


@pytest.fixture
def _no_model_is_loaded(lab: RunningLab) -> Iterator[None]:
    with opened(lab, "ollama", 11434) as address, httpx.Client(base_url=f"http://{address}", timeout=60) as ollama:

        def loaded() -> list[str]:
            return [model["name"] for model in ollama.get("/api/ps").json()["models"]]

        for name in loaded():
            ollama.post("/api/generate", json={"model": name, "keep_alive": 0}).raise_for_status()
        until(lambda: not loaded(), 60, "Ollama has ended all engines")
        yield


@pytest.mark.usefixtures("_no_model_is_loaded")
def test_a_stream_that_is_silent_for_75_seconds_brings_its_whole_answer(lab: RunningLab) -> None:
    lab.kubectl("exec", "deployment/ollama", "--", "sh", "-c", HALT)
    with lab.browser("litellm", lab.secret("gateway-keys/chat")) as gateway:
        found = stream(gateway, "llama3.1", "Who is there?")
    assert "".join(found.pieces).strip() == ANSWER
    assert found.seconds > SILENT_SECONDS
