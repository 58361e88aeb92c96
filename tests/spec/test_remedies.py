"""What is proposed for a lab that does not fit makes it fit, and nothing is refused that fits."""

from __future__ import annotations

import re
import tomllib
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ailab.memory import CardName
from ailab.spec import LabSpec

REVISION = "0" * 40
R1 = "deepseek-ai/DeepSeek-R1-0528-Qwen3-8B"
REPOSITORIES = (
    "Qwen/Qwen3-0.6B",
    "Qwen/Qwen3-8B",
    "Qwen/Qwen3-32B-AWQ",
    "Qwen/Qwen2.5-32B-Instruct",
    "openai/gpt-oss-20b",
)
TAGS = ("llama3.1:8b-instruct-fp16", "qwen3:32b", "llama3.1:70b-instruct-q8_0", "gemma3:27b", "qwen2.5:1.5b")


@st.composite
def labs(draw: st.DrawFn) -> dict[str, Any]:
    """Draw labs that are right but for their memory."""
    tags = draw(st.lists(st.sampled_from(TAGS), max_size=3))
    repositories = draw(st.lists(st.sampled_from(REPOSITORIES), min_size=0 if tags else 1, max_size=2))
    ollama: dict[str, Any] = {
        "context_length": draw(st.sampled_from([4096, 8192, 32768])),
        "parallel": draw(st.sampled_from([1, 4])),
        "models": [{"alias": f"model{number}", "tag": tag} for number, tag in enumerate(tags)],
    }
    if draw(st.booleans()):
        ollama["loaded_models"] = draw(st.integers(1, 3))
    gpu: dict[str, Any] = (
        {"card": draw(st.sampled_from([*CardName]))} if draw(st.booleans()) else {"memory": draw(st.floats(3, 60))}
    )
    servers: list[dict[str, Any]] = [
        {
            "alias": f"server{number}",
            "model": repository,
            "revision": REVISION,
            "context_length": draw(st.sampled_from([2048, 16384, 32768])),
        }
        for number, repository in enumerate(repositories)
    ]
    chosen = draw(st.booleans())
    if servers and chosen:
        servers[0]["gpu_memory_share"] = draw(st.floats(0.05, 0.9))
    return {
        "name": "lab",
        "tailnet": "example",
        "gpu": gpu,
        "vllm": servers,
        **({"ollama": ollama} if tags else {}),
        "providers": {"openai": {"models": {"gpt": "gpt-6.1-sol"}}},
    }


def _applied(content: dict[str, Any], proposal: str) -> dict[str, Any]:
    """Change the content of a file as its owner would who reads the proposal."""
    changed = deepcopy(content)
    for change in proposal.split(" and "):
        path, _, value = change.removeprefix("without ").partition(" = ")
        *place, last = [int(step) if step.isdigit() else step for step in re.findall(r"\w+", path)]
        table: Any = changed
        for step in place:
            table = table.setdefault(step, {}) if isinstance(step, str) else table[step]
        if value:
            table[last] = tomllib.loads(f"value = {value}")["value"]
        else:
            del table[last]
    return changed


@given(labs())
def test_a_lab_is_accepted_if_its_plan_fits_and_refused_with_proposals_that_are_accepted(
    content: dict[str, Any],
) -> None:
    try:
        spec = LabSpec.model_validate(content)
    except ValidationError as error:
        lines = error.errors()[0]["msg"].split("\n")
        assert all(line.startswith("gpu: ") for line in lines)
        proposals = [line.partition("it would fit: ")[2] for line in lines if "it would fit: " in line]
        assert len(proposals) <= 3
        assert proposals or lines[-1] == "gpu: no two changes together would make it fit"
        for proposal in proposals:
            assert LabSpec.model_validate(_applied(content, proposal)).memory.fits, proposal
    else:
        assert spec.memory.fits
        assert spec.memory.takes <= spec.memory.card.memory - spec.memory.margin + 1e-6


def _faults(content: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        LabSpec.model_validate(content)
    return str(caught.value.errors()[0]["msg"])


def test_who_rents_a_card_is_offered_rented_ones_and_who_has_one_at_home_all() -> None:
    lab = {
        "name": "lab",
        "tailnet": "example",
        "vllm": [{"alias": "r1", "model": "Qwen/Qwen3-8B", "revision": REVISION, "context_length": 40960}],
    }
    assert 'gpu.card = "l40s"' in _faults({**lab, "gpu": {"card": "rtx-4000-ada"}})
    assert 'gpu.card = "rtx-3090"' in _faults({**lab, "gpu": {"card": "rtx-4080"}})
    assert 'gpu.card = "rtx-3090" and without gpu.memory' in _faults({**lab, "gpu": {"memory": 16.0}})


def test_a_cache_of_8_bits_is_proposed_only_to_a_card_that_computes_with_them() -> None:
    server = {"alias": "r1", "model": R1, "revision": REVISION, "context_length": 65536}
    lab = {"name": "lab", "tailnet": "example", "vllm": [server]}
    assert 'vllm[0].kv_cache = "fp8"' in _faults({**lab, "gpu": {"card": "rtx-4090"}})
    assert "kv_cache" not in _faults({**lab, "gpu": {"card": "rtx-3090"}})


def test_a_longer_context_than_the_proposed_one_does_not_fit() -> None:
    lab: dict[str, Any] = {
        "name": "lab",
        "tailnet": "example",
        "gpu": {"card": "rtx-3090"},
        "vllm": [{"alias": "r1", "model": R1, "revision": REVISION, "context_length": 65536}],
        "providers": {"openai": {"models": {"gpt": "gpt-6.1-sol"}}},
    }
    [tokens] = [int(line.rpartition("= ")[2]) for line in _faults(lab).split("\n") if "vllm[0].context_length" in line]
    lab["vllm"][0]["context_length"] = tokens
    assert LabSpec.model_validate(lab).memory.fits
    lab["vllm"][0]["context_length"] = tokens + 1024
    assert "it would fit" in _faults(lab)
