"""What a vLLM server is told of its model: refused where it is certainly another model's, and nowhere else."""

from __future__ import annotations

import pytest

from ailab.images import VLLM
from ailab.memory.models import ARCHITECTURES
from ailab.spec import load
from ailab.spec.models import VllmSpec
from ailab.spec.served import PARSERS, VERSION, mismatches, parser_of
from infra.labs import ROOT

COMMIT = "0123456789abcdef0123456789abcdef01234567"
R1_COMMIT = "6e8885a6ff5c1dc5201574c8fd700323f23c25fa"


def _faults(model: str, parser: str | None = None, revision: str = COMMIT) -> list[str]:
    server = VllmSpec(alias="a", model=model, revision=revision, reasoning_parser=parser)
    return [path for path, _ in mismatches(0, server)]


def test_the_parsers_are_those_of_the_version_that_the_lab_runs() -> None:
    assert VLLM.tag == f"v{VERSION}", "take PARSERS from the new version's vllm/reasoning/__init__.py"
    assert list(PARSERS) == sorted(set(PARSERS))


def test_of_every_known_architecture_it_is_decided_whether_and_how_it_thinks() -> None:
    decided = {name: parser_of(name, name) for name in ARCHITECTURES}
    assert {name for name, parser in decided.items() if parser == "deepseek_r1"} == {
        name for name in ARCHITECTURES if name.startswith("deepseek-r1")
    }
    assert {name for name, parser in decided.items() if parser == "qwen3"} == {
        name for name in ARCHITECTURES if name.startswith("qwen3-")
    }
    assert {name for name, parser in decided.items() if parser == "openai_gptoss"} == {"gpt-oss-20b", "gpt-oss-120b"}
    assert {parser for parser in decided.values() if parser} <= set(PARSERS)


@pytest.mark.parametrize(
    "model",
    [
        "meta-llama/Llama-3.3-70B-Instruct",
        "RedHatAI/Llama-3.1-8B-Instruct-FP8",
        "Qwen/Qwen2.5-7B-Instruct-AWQ",
        "Qwen/Qwen3-4B-Instruct-2507",
        "google/gemma-3-12b-it",
        "mistralai/Mistral-7B-Instruct-v0.3",
    ],
)
def test_a_model_that_does_not_think_takes_no_parser(model: str) -> None:
    assert {parser for parser in PARSERS if _faults(model, parser) != ["vllm[0].reasoning_parser"]} == set()
    assert _faults(model) == []


def test_what_somebody_else_has_made_of_a_model_may_think() -> None:
    assert _faults("mycorp/Qwen2.5-7B-Instruct", "deepseek_r1") == []


@pytest.mark.parametrize(
    ("model", "refused"),
    [
        ("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", {"openai_gptoss"}),
        ("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", {"openai_gptoss"}),
        ("Qwen/Qwen3-8B-FP8", {"openai_gptoss"}),
        ("Qwen/Qwen3-4B-Thinking-2507", {"openai_gptoss"}),
        ("openai/gpt-oss-20b", {*PARSERS} - {"openai_gptoss"}),
        ("somebody/a-model-of-their-own", set()),
        ("mistralai/Magistral-Small-2509", set()),
    ],
)
def test_a_model_that_thinks_or_is_not_known_takes_what_may_be_right(model: str, refused: set[str]) -> None:
    assert {parser for parser in PARSERS if _faults(model, parser)} == refused


@pytest.mark.parametrize(
    ("model", "faults"),
    [
        ("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", []),
        ("a-mirror/deepseek-r1-0528-qwen3-8b", []),
        ("Qwen/Qwen3-8B", ["vllm[0].revision"]),
        ("a-mirror/a-name-of-their-own", []),  # a copy has the same commits
    ],
)
def test_the_commit_of_the_labs_own_model_is_no_other_models(model: str, faults: list[str]) -> None:
    assert _faults(model, revision=R1_COMMIT) == faults


def test_each_commit_that_this_projects_own_labs_name_is_known_by_its_model() -> None:
    """So whoever copies it beside another model is told."""
    files = (ROOT / "labs/gpu-lab.toml", ROOT / "examples/two-vllm-servers.toml")
    servers = [server for file in files for server in load(file).vllm]
    assert len(servers) == 3
    assert [_faults(server.model, revision=server.revision) for server in servers] == [[]] * 3
    assert [_faults("meta-llama/Llama-3.1-8B", revision=server.revision) for server in servers] == [
        ["vllm[0].revision"]
    ] * 3
