"""The limits in dist/ are those of the plan, and together they fit the card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from ailab.spec import LabSpec, load
from infra.labs import DIST, LABS
from infra.manifests import Object, read
from tests.ailab.scene import environment, pod


@pytest.fixture(scope="module")
def spec() -> LabSpec:
    return load(LABS / "gpu-lab.toml")


@pytest.fixture(scope="module")
def objects() -> Sequence[Object]:
    return read(DIST / "gpu-lab")


@pytest.fixture(scope="module")
def flags(objects: Sequence[Object]) -> Mapping[str, str]:
    """Read the flags of vLLM."""
    words = pod(objects, "Deployment/deepseek-r1-vllm")["containers"][0]["args"]
    return {name: value for name, _, value in (word.partition("=") for word in words)}


@pytest.fixture(scope="module")
def variables(objects: Sequence[Object]) -> Mapping[str, str]:
    """Read the variables of Ollama."""
    return environment(pod(objects, "Deployment/ollama")["containers"][0])


def test_vllm_is_told_what_the_plan_gives_it(spec: LabSpec, flags: Mapping[str, str]) -> None:
    [share] = spec.memory.vllm
    assert float(flags["--gpu-memory-utilization"]) == share.utilization
    assert int(flags["--kv-cache-memory-bytes"]) == share.cache_bytes
    assert int(flags["--max-num-batched-tokens"]) == share.batch
    assert int(flags["--max-num-seqs"]) == share.engine.parallel
    assert int(flags["--max-model-len"]) == share.engine.context


def test_ollama_is_told_what_the_plan_gives_it(spec: LabSpec, variables: Mapping[str, str]) -> None:
    share = spec.memory.ollama
    assert share is not None
    assert int(variables["OLLAMA_MAX_LOADED_MODELS"]) == share.loaded
    assert int(variables["OLLAMA_CONTEXT_LENGTH"]) == share.engine.context
    assert int(variables["OLLAMA_NUM_PARALLEL"]) == share.engine.parallel
    assert int(variables["LLAMA_ARG_FIT_TARGET"]) == share.spare


def test_what_both_may_take_leaves_more_free_than_ollama_must_leave(
    spec: LabSpec, flags: Mapping[str, str], variables: Mapping[str, str]
) -> None:
    """With less free than that, Ollama moves layers of its last model off the card."""
    plan = spec.memory
    assert plan.ollama is not None
    vllm = float(flags["--gpu-memory-utilization"]) * plan.card.memory + plan.vllm[0].parts.context
    ollama = plan.ollama.engine.most(int(variables["OLLAMA_MAX_LOADED_MODELS"]))
    assert plan.card.memory - vllm - ollama > int(variables["LLAMA_ARG_FIT_TARGET"]) / 1024


def test_the_cache_and_all_else_of_vllm_are_within_its_share(spec: LabSpec, flags: Mapping[str, str]) -> None:
    plan = spec.memory
    parts = plan.vllm[0].parts
    used = int(flags["--kv-cache-memory-bytes"]) / 1024**3 + parts.weights + parts.work + parts.graphs
    assert used <= float(flags["--gpu-memory-utilization"]) * plan.card.memory
