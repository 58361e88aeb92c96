"""vLLM is gone, or takes requests and is silent: Ollama answers in its place, and the answer says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import httpx
import pytest

from infra import manifests
from infra.labs import DIST
from testnode.patience import until
from tests.cluster.gateway_chat import Streamed, chat, stream, user
from tests.cluster.observed import scaled_away
from tests.cluster.running import ANSWER, RunningLab

pytestmark = pytest.mark.proves(3)

MODEL, FALLBACK, OTHER = "deepseek-r1-vllm", "deepseek-r1", "llama3.1"
ATTEMPTED, GROUP = "x-litellm-attempted-fallbacks", "x-litellm-model-group"
READY_SECONDS = 420
# As the first process of a container it ends at no signal that it does not wait for.
SILENT = """\
import signal, socket
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
server = socket.create_server(("", 8000))
signal.sigwait({signal.SIGTERM})
"""


@dataclass(frozen=True)
class Outage:
    """What was answered while vLLM did not."""

    replaced: Streamed
    other: Streamed


def gone(lab: RunningLab) -> AbstractContextManager[None]:
    """End vLLM's pods for the length of a `with` block."""
    return scaled_away(lab, MODEL)


@contextmanager
def silent(lab: RunningLab) -> Iterator[None]:
    """Let vLLM's pods take connections and never answer, for the length of a `with` block."""
    file = DIST / lab.spec.name / f"{MODEL}.yaml"
    [deployment] = (
        item
        for item in manifests.of_kind(manifests.read(file.parent), "Deployment")
        if item["metadata"]["name"] == MODEL
    )
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    for key in ("args", "startupProbe", "readinessProbe", "livenessProbe"):
        del container[key]
    container["command"] = ["python3", "-c", SILENT]
    try:
        lab.kubectl("apply", "-f", "-", stdin=json.dumps(deployment))
        _rolled_out(lab)
        yield
    finally:
        lab.kubectl("apply", "-f", file)
        _rolled_out(lab)


def _rolled_out(lab: RunningLab) -> None:
    limit = f"--timeout={READY_SECONDS}s"
    lab.kubectl("rollout", "status", f"deployment/{MODEL}", limit, timeout=READY_SECONDS + 30)


@pytest.fixture(scope="module")
def gateway(lab: RunningLab) -> Iterator[httpx.Client]:
    """Ask as a program does that has a virtual key."""
    with lab.browser("litellm", lab.secret("gateway-keys/chat")) as client:
        yield client


@pytest.fixture(scope="module", params=[gone, silent], ids=["gone", "silent"])
def outage(lab: RunningLab, gateway: httpx.Client, request: pytest.FixtureRequest) -> Outage:
    """Ask while vLLM is away, in each of both ways; it is back when the answers are looked at."""
    away: Callable[[RunningLab], AbstractContextManager[None]] = request.param
    with away(lab):
        # That an answer comes is what the setting does: a silent server would be waited for ten minutes.
        return Outage(stream(gateway, MODEL, "Who is there?"), stream(gateway, OTHER, "Who is there?"))


def test_another_model_answers_and_a_header_says_so(outage: Outage) -> None:
    assert "".join(outage.replaced.pieces).strip() == ANSWER
    assert [outage.replaced.headers[name] for name in (ATTEMPTED, GROUP)] == ["1", FALLBACK]


def test_the_row_names_the_model_that_answered(lab: RunningLab, outage: Outage) -> None:
    columns = "model_group, custom_llm_provider, status"
    assert lab.row(columns, outage.replaced.identity) == [FALLBACK, "ollama_chat", "success"]


def test_a_model_that_answers_is_not_replaced(outage: Outage) -> None:
    assert "".join(outage.other.pieces).strip() == ANSWER
    assert [outage.other.headers[name] for name in (ATTEMPTED, GROUP)] == ["0", OTHER]


@pytest.mark.usefixtures("outage")
def test_the_model_answers_itself_when_its_server_is_back(gateway: httpx.Client) -> None:
    until(lambda: stream(gateway, MODEL, "Who is there?").headers[ATTEMPTED] == "0", 180, "vLLM answers")


def test_a_model_without_a_fallback_is_refused(lab: RunningLab, gateway: httpx.Client) -> None:
    with scaled_away(lab, "ollama"):
        answer = chat(gateway, FALLBACK, user("Who is there?"))
    assert answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR
    assert ATTEMPTED not in answer.headers
