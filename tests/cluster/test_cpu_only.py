"""The example for machines without a GPU runs: on the node of the default lab, parts of which make room for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import httpx
import pytest

from ailab import Lab
from ailab.spec import load
from infra import manifests
from infra.labs import ROOT
from tests.cluster.room import AWAY_SECONDS, READY_SECONDS, room_of
from tests.cluster.running import ANSWER, RunningLab
from tests.cluster.service_door import opened

pytestmark = [pytest.mark.proves(3), pytest.mark.long]

# What these ask for is more than the example asks for, and they are back soon.
MAKE_ROOM: Final = ("deepseek-r1-vllm", "ollama", "open-webui", "phoenix", "searxng")


@pytest.fixture(scope="module")
def example(lab: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    """Start the example as its user does: manifests, then secrets."""
    spec = load(ROOT / "examples" / "cpu-only.toml")
    folder = tmp_path_factory.mktemp("manifests")
    Lab(spec, folder).synth()
    with room_of(lab, *MAKE_ROOM):
        lab.node.kubectl("apply", "-f", folder)
        try:
            lab.command("secrets", "apply", "--namespace", spec.namespace)
            example = replace(lab, spec=spec, home=tmp_path_factory.mktemp("operator"))
            example.wait_until_ready(READY_SECONDS)
            with opened(example, "ingress", 80) as address:
                yield replace(example, door=f"http://{address}")
        finally:
            lab.node.kubectl("delete", "-f", folder, timeout=AWAY_SECONDS)


@pytest.fixture(scope="module")
def key(lab: RunningLab, example: RunningLab) -> str:
    words = ("secrets", "show", "--namespace", example.spec.namespace, "gateway-keys/chat")
    return lab.command(*words).stdout.strip()


def test_the_example_for_machines_without_a_gpu_answers_through_its_ingress(example: RunningLab, key: str) -> None:
    question = {"model": "llama3.1", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 48}
    with example.browser("litellm", key) as browser:
        answer = browser.post("/v1/chat/completions", json=question)
    assert answer.status_code == httpx.codes.OK, answer.text
    assert answer.json()["choices"][0]["message"]["content"].strip() == ANSWER


def test_the_chat_of_the_example_opens_at_the_name_that_its_file_chose(example: RunningLab) -> None:
    assert example.spec.hosts("openwebui")[0] == "openwebui.cpu-only.example-tailnet.ts.net"
    with example.browser("openwebui") as browser:
        assert browser.get("/health").json() == {"status": True}


def test_a_key_of_the_default_lab_is_not_known_to_the_example(lab: RunningLab, example: RunningLab) -> None:
    with example.browser("litellm", lab.secret("gateway-keys/chat")) as browser:
        assert browser.get("/v1/models").status_code == httpx.codes.UNAUTHORIZED


def test_no_pod_of_the_example_asks_for_a_gpu(example: RunningLab) -> None:
    pods = json.loads(example.kubectl("get", "pods", "-o", "json"))["items"]
    boxes = [box for pod in pods for box in pod["spec"]["containers"]]
    assert len(boxes) >= 6
    assert [box["name"] for box in boxes if "nvidia.com/gpu" in box["resources"]["limits"]] == []
    assert manifests.requests(json.loads(example.kubectl("get", "deployments", "-o", "json"))["items"]).gpus == 0
