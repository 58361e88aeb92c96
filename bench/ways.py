"""Four ways from a program to one engine, vLLM's stand-in on the node of the tests: each has one thing more."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx

from infra import process
from testnode.patience import until
from testnode.programs.litellm import litellm
from tests.cluster.running import RunningLab
from tests.cluster.service_door import opened

MODEL: Final = "deepseek-r1-vllm"
BARE_PORT: Final = 4998
START_SECONDS: Final = 180
ANSWER_SECONDS: Final = 120
BARE: Final = """\
model_list:
  - model_name: {model}
    litellm_params: {{model: hosted_vllm/{model}, api_base: "http://{engine}/v1"}}
litellm_settings: {{drop_params: true}}
"""


@dataclass(frozen=True)
class Used:
    """What a process has used so far: seconds of processors, and the MiB that it has now."""

    processors: float
    memory: int

    @classmethod
    def read(cls, file: Callable[[str], str]) -> Used:
        """Read its `stat` and `status` of /proc, see proc(5)."""
        fields = file("stat").rpartition(")")[2].split()
        [resident] = (line for line in file("status").splitlines() if line.startswith("VmRSS:"))
        ticks = int(fields[11]) + int(fields[12])  # utime and stime, without children
        return cls(ticks / os.sysconf("SC_CLK_TCK"), int(resident.split()[1]) // 1024)


@dataclass(frozen=True)
class Way:
    """A client that takes it, and what the gateway on it has used, where there is one."""

    name: str
    client: httpx.Client
    used: Callable[[], Used] | None = None


@contextmanager
def ways(lab: RunningLab) -> Iterator[Sequence[Way]]:
    """Open all four; the last begins at the tailnet's door, the others at a forwarder of the same program."""
    key = lab.secret("gateway-keys/chat")

    def used() -> Used:
        return Used.read(lambda file: lab.kubectl("exec", "deployment/litellm", "--", "cat", f"/proc/1/{file}"))

    with ExitStack() as stack:
        engine = stack.enter_context(opened(lab, MODEL, 8000))
        gateway = stack.enter_context(opened(lab, "litellm", 4000))
        yield (
            Way("the engine itself", stack.enter_context(_client(engine))),
            stack.enter_context(_bare(engine)),
            Way("the lab's gateway", stack.enter_context(_client(gateway, key)), used),
            Way("the ingress and the lab's gateway", stack.enter_context(lab.browser("litellm", key)), used),
        )


def _client(address: str, key: str = "none") -> httpx.Client:
    headers = {"Authorization": f"Bearer {key}"}
    # No proxy of the environment's: it would get the key, in clear.
    return httpx.Client(base_url=f"http://{address}", headers=headers, timeout=ANSWER_SECONDS, trust_env=False)


@contextmanager
def _bare(engine: str) -> Iterator[Way]:
    """Run a LiteLLM on this machine that keeps nothing and tells nobody."""
    environment, *_ = litellm().recipes
    with TemporaryDirectory() as home:
        config = Path(home) / "config.yaml"
        config.write_text(BARE.format(model=MODEL, engine=engine), encoding="utf-8")
        env = {"HOME": home, "LITELLM_MODE": "PRODUCTION", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        words = (environment.folder / "venv/bin/litellm", "--config", config, "--port", str(BARE_PORT))
        child = process.start(words, log=Path(home) / "log", env=env, cwd=Path(home))
        try:
            with _client(f"127.0.0.1:{BARE_PORT}") as client:
                until(lambda: _lives(client), START_SECONDS, "the bare LiteLLM answers")
                files = Path(f"/proc/{child.pid}")
                yield Way(
                    "a LiteLLM that only passes on",
                    client,
                    lambda: Used.read(lambda file: (files / file).read_text(encoding="utf-8")),
                )
        finally:
            os.killpg(child.pid, signal.SIGTERM)
            child.wait()


def _lives(client: httpx.Client) -> bool:
    try:
        return client.get("/health/liveliness").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
