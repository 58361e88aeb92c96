"""A local model that is gone: another one answers in its place, at once, and the answer says so."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from ailab import Lab
from ailab.spec import LabSpec
from infra.labs import DIST
from testnode.internet.providers.reply import answer_of
from testnode.patience import until
from tests.cluster.gateway_chat import chat, stream, user
from tests.cluster.running import RunningLab

pytestmark = pytest.mark.proves(3)

ATTEMPTED = "x-litellm-attempted-fallbacks"
READY_SECONDS = 300


@pytest.fixture(scope="module")
def gateway(lab: RunningLab, spec: LabSpec, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Give one model a fallback in the lab file, as its owner would, and end the engine of both."""
    folder = tmp_path_factory.mktemp("with-a-fallback")
    section = spec.gateway.model_copy(update={"fallbacks": {"llama3.1": ("claude-haiku",)}})
    Lab(spec.model_copy(update={"gateway": section}), folder).synth()
    try:
        lab.kubectl("apply", "-f", folder / "litellm.yaml")
        lab.kubectl("rollout", "status", "deployment/litellm", timeout=READY_SECONDS)
        lab.kubectl("scale", "deployment/ollama", "--replicas=0")
        gone = ("--for=delete", f"--timeout={READY_SECONDS}s")
        lab.kubectl("wait", "pod", "-l", "app.kubernetes.io/name=ollama", *gone, timeout=READY_SECONDS)
        with lab.browser("litellm", lab.secret("gateway-keys/chat")) as browser:
            yield browser
    finally:
        lab.kubectl("scale", "deployment/ollama", "--replicas=1")
        lab.kubectl("apply", "-f", DIST / spec.name / "litellm.yaml")
        lab.kubectl("rollout", "status", "deployment/litellm", timeout=READY_SECONDS)
        lab.wait_until_ready(READY_SECONDS)


def test_another_model_answers_within_five_seconds_and_a_header_says_so(gateway: httpx.Client) -> None:
    answer = stream(gateway, "llama3.1", "Who is there?")
    assert "".join(answer.pieces) == answer_of("claude-haiku-5-5")
    assert answer.headers[ATTEMPTED] == "1"
    assert answer.seconds < 5


def test_the_row_of_a_fallback_names_the_model_that_answered(lab: RunningLab, gateway: httpx.Client) -> None:
    answer = chat(gateway, "llama3.1", user("Who is there?"))
    assert answer.headers[ATTEMPTED] == "1"
    assert lab.row("model_group, custom_llm_provider, status", answer.json()["id"]) == [
        "claude-haiku",
        "anthropic",
        "success",
    ]


def test_a_model_that_answers_needs_no_fallback(gateway: httpx.Client) -> None:
    answer = chat(gateway, "claude-haiku", user("Who is there?"))
    assert answer.headers.get(ATTEMPTED, "0") == "0"


def test_a_model_without_a_fallback_is_refused_at_once(gateway: httpx.Client) -> None:
    answer = chat(gateway, "deepseek-r1", user("Who is there?"))
    assert answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR
    assert answer.elapsed.total_seconds() < 5


def test_the_model_answers_again_when_its_engine_is_back(lab: RunningLab, gateway: httpx.Client) -> None:
    lab.kubectl("scale", "deployment/ollama", "--replicas=1")
    lab.kubectl("rollout", "status", "deployment/ollama", timeout=READY_SECONDS)
    until(
        lambda: chat(gateway, "llama3.1", user("Who is there?")).headers.get(ATTEMPTED) == "0", 60, "llama3.1 answers"
    )
