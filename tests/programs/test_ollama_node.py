"""Ollama in the pods of dist/: its models come from the test internet, its answers from a real engine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from infra import manifests, process
from infra.labs import DIST
from testnode.components import kubernetes_binary
from testnode.internet.exchange import Request
from testnode.internet.model_registry import ModelRegistry, answer_of, tiny_models
from testnode.internet.server import internet
from testnode.launch import Plan
from testnode.node import Node, running_node
from testnode.patience import until
from testnode.programs.ollama import ollama

pytestmark = pytest.mark.node

NODE = 3  # beside the tests' own nodes and a person's
ADDRESS = "203.0.113.30"  # beside that of the lab's tests
NAMESPACE = "ai-lab"
LAB = DIST / "gpu-lab"
CHAT = ("llama3.1:8b-instruct-q4_K_M", "deepseek-r1:8b-0528-qwen3-q4_K_M")
EMBEDDING = "nomic-embed-text:v1.5"


@dataclass(frozen=True)
class Lab:
    """The running pods, what was asked of the internet, and the server's API on this machine."""

    node: Node
    requests: list[Request]
    api: httpx.Client


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    objects = manifests.read(LAB)
    (image,) = {
        container["image"]
        for _, template in manifests.pod_templates(objects)
        for container in template["spec"]["containers"]
        if "ollama/ollama" in container["image"]
    }
    registry = ModelRegistry(tiny_models((*CHAT, EMBEDDING)))
    with internet(registry.sites, ADDRESS) as net:
        plan = Plan(images={image: net.trusted_by(ollama().stand_in)}, hosts=net.hosts)
        with running_node(plan, NODE) as node:
            node.kubectl("apply", "-f", LAB / "00-namespace.yaml", "-f", LAB / "ollama.yaml")
            _wait(node, "deployment/ollama", "Available")
            _wait(node, "job --all", "Complete")
            with _forwarded(node, tmp_path_factory.mktemp("forward") / "log") as api:
                yield Lab(node, net.requests, api)


def _wait(node: Node, what: str, condition: str) -> None:
    limits = (f"--for=condition={condition}", "--timeout=180s")
    node.kubectl("--namespace", NAMESPACE, "wait", *what.split(), *limits, timeout=200)


@contextmanager
def _forwarded(node: Node, log: Path) -> Iterator[httpx.Client]:
    """Give a client of the server: past its NetworkPolicy, which only lets the gateway in."""
    command = (kubernetes_binary(), "kubectl", "--kubeconfig", node.kubeconfig, "--namespace", NAMESPACE)
    forward = process.start((*command, "port-forward", "service/ollama", ":11434"), log=log)
    until(lambda: "Forwarding" in log.read_text(), 30, "the port is forwarded")
    (port, *_) = re.findall(r"127\.0\.0\.1:(\d+)", log.read_text())
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        yield client
    forward.kill()
    forward.wait()


def test_a_server_without_internet_has_what_the_pull_job_fetched(lab: Lab) -> None:
    listed = lab.api.get("/api/tags").json()["models"]
    assert sorted(model["name"] for model in listed) == sorted((*CHAT, EMBEDDING))
    assert {request.host for request in lab.requests} == {"registry.ollama.ai", "blobs.ollama.test"}


@pytest.mark.parametrize("model", CHAT)
def test_each_model_answers_by_its_own_name(lab: Lab, model: str) -> None:
    question = {"model": model, "messages": [{"role": "user", "content": "Who are you?"}]}
    with lab.api.stream("POST", "/api/chat", json=question) as answer:
        events = [json.loads(line) for line in answer.iter_lines()]

    words = [event["message"]["content"] for event in events]
    assert "".join(words) == answer_of(model)
    assert len([word for word in words if word]) == len(answer_of(model).split())
    assert (events[-1]["done"], events[-1]["done_reason"]) == (True, "stop")


def test_texts_become_vectors_that_tell_them_apart(lab: Lab) -> None:
    texts = ["one text", "one text", "quite another"]
    answer = lab.api.post("/api/embed", json={"model": EMBEDDING, "input": texts}).json()
    first, again, other = answer["embeddings"]
    assert (len(first), first == pytest.approx(again), first == pytest.approx(other)) == (128, True, False)


def test_a_model_that_was_not_fetched_is_not_found(lab: Lab) -> None:
    answer = lab.api.post("/api/chat", json={"model": "other:1b", "messages": []})
    assert answer.status_code == httpx.codes.NOT_FOUND
