"""What a vLLM server is told of its model that only the model's own kind makes right: its thoughts, its commit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from ailab.memory import architecture_name
from ailab.spec.faults import Fault, fault, nearest

if TYPE_CHECKING:
    from ailab.spec.models import VllmSpec

VERSION: Final = "0.31.0"
PARSERS: Final = (
    *("cohere_command3", "cohere_command4", "deepseek_r1", "deepseek_v3", "deepseek_v4", "deepseek_v41", "ernie45"),
    *("gemma4", "glm45", "glm47", "granite", "granite_thinking_parser", "holo2", "hunyuan_a13b", "hy_v3", "hy_v4"),
    *("inkling", "k2_horizon", "kimi_k2", "kimi_k3", "ling3", "mimo", "minimax_m2", "minimax_m2_append_think"),
    *("minimax_m3", "mistral", "muse_glimmer", "nemotron_v3", "olmo3", "openai_gptoss", "poolside_v1", "qwen3"),
    *("seed_oss", "step3", "step3p5"),
)
"""All that a server of this version takes for `--reasoning-parser` (vllm/reasoning/__init__.py of its source); it ends
at any other."""

_HARMONY: Final = (
    "openai_gptoss"  # reads https://cookbook.openai.com/articles/openai-harmony, which gpt-oss alone writes
)
# By what the name of an architecture begins with, the parser that vLLM's documentation gives for it, or None for
# models that do not think (https://docs.vllm.ai/en/v0.31.0/features/reasoning_outputs/): of their answers a parser
# finds no part, takes the whole for thoughts, or fails, since their tokenizers have no <think>.
_PARSER_OF: Final[Mapping[str, str | None]] = {
    "deepseek-r1": "deepseek_r1",
    "qwen3-": "qwen3",
    "gpt-oss-": _HARMONY,
    "gemma-3-": None,
    "llama-3": None,
    "mistral-": None,
    "nomic-embed-": None,
    "qwen2.5-": None,
}
# Of a family that thinks, those that do not (https://huggingface.co/Qwen/Qwen3-4B-Instruct-2507).
_SILENT: Final = "-instruct-2507"
# Who publishes them, or quantizes what is; what others publish under the same name may have been taught to think.
_MAKERS: Final = {"deepseek-ai", "google", "meta-llama", "mistralai", "nomic-ai", "openai", "qwen", "redhatai"}
# The commits that this project's own lab files name, and so are the ones that are copied from there.
_COMMITS: Final[Mapping[str, str]] = {
    "6e8885a6ff5c1dc5201574c8fd700323f23c25fa": "deepseek-ai/DeepSeek-R1-0528-Qwen3-8B",
    "1cfa9a7208912126459214e8b04321603b3df60c": "Qwen/Qwen3-4B",
}


def parser(value: str) -> str:
    """Let a parser of vLLM's pass."""
    if value not in PARSERS:
        listed = "https://docs.vllm.ai lists them for each model"
        repair = nearest(value.lower(), PARSERS) or listed
        raise fault(value, f"is no parser of vLLM {VERSION}", repair)
    return value


def mismatches(number: int, server: VllmSpec) -> Iterator[Fault]:
    """Find what belongs to another model than the server's; of a model that no table has, nothing is certain."""
    name, owner = architecture_name(server.model), _COMMITS.get(server.revision)
    if owner and name not in {None, architecture_name(owner)}:
        repair = f"give a commit of {server.model}"
        yield f"vllm[{number}].revision", fault(server.revision, f"is a commit of {owner}", repair)
    if name is None or server.reasoning_parser is None or server.model.partition("/")[0].lower() not in _MAKERS:
        return
    path, fitting = f"vllm[{number}].reasoning_parser", parser_of(server.model, name)
    if fitting is None:
        problem = f"looks for what a model thinks, and {server.model} does not think"
        yield path, fault(server.reasoning_parser, problem, "leave it out")
    elif (server.reasoning_parser == _HARMONY) != (fitting == _HARMONY):
        problem = f"does not read what {server.model} thinks"
        yield path, fault(server.reasoning_parser, problem, f'write "{fitting}"')


def parser_of(repository: str, architecture: str) -> str | None:
    """Name the parser for a model of a known architecture; None where it does not think."""
    if _SILENT in repository.lower():
        return None
    return next(parser for beginning, parser in _PARSER_OF.items() if architecture.startswith(beginning))
