"""vLLM in the lab: its model thinks aloud, is asked by its own route, and counts what it did."""

from __future__ import annotations

import httpx
import pytest

from testnode.patience import until
from tests.cluster.gateway_chat import Streamed, chat, stream, user
from tests.cluster.observed import GONE_SECONDS, total
from tests.cluster.running import THOUGHT, VERDICT, RunningLab
from tests.cluster.service_door import opened

pytestmark = pytest.mark.proves(3)

MODEL = "deepseek-r1-vllm"
ATTEMPTED = "x-litellm-attempted-fallbacks"
# Words, and the two marks around the thought.
TOKENS = len(THOUGHT.split()) + len(VERDICT.split()) + 2


@pytest.fixture(scope="module")
def key(lab: RunningLab) -> str:
    return lab.secret("gateway-keys/chat")


@pytest.fixture(scope="module")
def answer(lab: RunningLab, key: str) -> Streamed:
    """Ask as a program does, through the ingress."""
    with lab.browser("litellm", key) as gateway:
        return stream(gateway, MODEL, "Why are there tides?")


@pytest.mark.proves(
    3,
    "deepseek-r1-vllm",
    "deepseek-r1-vllm-fetch",
    "litellm -> deepseek-r1-vllm:8000",
    "deepseek-r1-vllm-fetch -> internet:443",
)
def test_the_thought_is_streamed_before_the_answer_and_apart_from_it(answer: Streamed) -> None:
    assert ("".join(answer.thoughts), "".join(answer.pieces)) == (THOUGHT, VERDICT)
    assert (len(answer.thoughts), len(answer.pieces)) == (len(THOUGHT.split()), len(VERDICT.split()))
    assert answer.headers[ATTEMPTED] == "0"


def test_the_chat_passes_the_thought_on_to_the_browser(lab: RunningLab) -> None:
    with lab.browser("openwebui", lab.token()) as browser:
        browser.get("/api/models").raise_for_status()  # as the page does: so the chat learns of a model that is new
        found = stream(browser, MODEL, "Why are there tides?", path="/api/chat/completions")
    assert ("".join(found.thoughts), "".join(found.pieces)) == (THOUGHT, VERDICT)


def test_its_row_has_the_tokens_of_the_thought_too_and_the_route(lab: RunningLab, answer: Streamed) -> None:
    columns = "completion_tokens, model_group, custom_llm_provider, status"
    assert answer.usage["completion_tokens"] == TOKENS
    assert lab.row(columns, answer.identity) == [str(TOKENS), MODEL, "hosted_vllm", "success"]


def test_a_whole_answer_has_the_thought_beside_it(lab: RunningLab, key: str) -> None:
    with lab.browser("litellm", key) as gateway:
        [choice] = chat(gateway, MODEL, user("Why are there tides?")).json()["choices"]
    assert (choice["message"]["reasoning_content"], choice["message"]["content"]) == (THOUGHT, VERDICT)


def test_a_chat_that_is_too_long_is_refused_with_vllms_reason(lab: RunningLab, key: str) -> None:
    limit = lab.spec.vllm[0].context_length
    with lab.browser("litellm", key) as gateway:
        refusal = chat(gateway, MODEL, user("tide " * (limit + 1)))
    assert refusal.status_code == httpx.codes.BAD_REQUEST
    assert f"This model's maximum context length is {limit} tokens." in refusal.json()["error"]["message"]


def test_a_chat_with_tools_is_refused_with_vllms_reason(lab: RunningLab, key: str) -> None:
    weather = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
    with lab.browser("litellm", key) as gateway:
        refusal = chat(gateway, MODEL, user("How is the weather?"), tools=[weather])
    assert refusal.status_code == httpx.codes.BAD_REQUEST
    assert '"auto\\" tool choice requires --enable-auto-tool-choice' in refusal.json()["error"]["message"]


@pytest.mark.proves(3, "prometheus -> deepseek-r1-vllm:8000")
def test_prometheus_knows_the_tokens_that_it_wrote(lab: RunningLab, key: str) -> None:
    written = f'sum(vllm:generation_tokens_total{{model_name="{MODEL}"}})'
    with opened(lab, "prometheus", 9090) as prometheus, opened(lab, MODEL, 8000) as server:
        with lab.browser("litellm", key) as gateway:
            chat(gateway, MODEL, user("Why are there tides?"))
        counted = _counted(httpx.get(f"http://{server}/metrics", timeout=30).text)
        assert counted >= TOKENS
        until(lambda: total(prometheus, written) >= counted, 180, "the tokens are scraped")


@pytest.mark.proves(2)
def test_a_server_that_is_told_to_end_finds_again_what_it_compiled(lab: RunningLab) -> None:
    """What stands in for vLLM compiles nothing: a file does. A count of 1 says that the end was a good one."""
    words = ("exec", f"deployment/{MODEL}", "-c", "vllm", "--", "sh", "-c")
    lab.kubectl(*words, "mkdir -p /compiled/cache && touch /compiled/cache/kernel")
    lab.kubectl("delete", "pod", "-l", f"app.kubernetes.io/name={MODEL}", "--wait=true", timeout=GONE_SECONDS)
    lab.kubectl("rollout", "status", f"deployment/{MODEL}", "--timeout=420s", timeout=450)
    found, count = lab.kubectl(*words, "ls /compiled/cache && cat /compiled/starts").splitlines()
    assert (found, count.split()[1]) == ("kernel", "1")


def _counted(exposition: str) -> float:
    [line] = (line for line in exposition.splitlines() if line.startswith("vllm:generation_tokens_total"))
    return float(line.rpartition(" ")[2])
