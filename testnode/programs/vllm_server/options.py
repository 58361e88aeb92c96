"""vLLM's command line, `vllm serve MODEL FLAGS`, as far as this project uses it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FLAGS: Final = Path(__file__).with_name("flags.txt")
"""Every long flag of `vllm serve` 0.31.0, read with `ast` from the PyPI source: the calls of `add_argument` in
vllm/engine/arg_utils.py, vllm/entrypoints/launchers/cli_args.py and vllm/entrypoints/cli/serve.py, and the fields of
`FrontendArgs` and its base."""

PARSER: Final = "deepseek_r1"


@dataclass(frozen=True)
class Options:
    """What the command line decides.

    Attributes:
        model: the repository.
        revision: its commit.
        served_name: what clients call it; the repository's name by default.
        port: where it is served.
        max_model_len: tokens of prompt and answer; what the model can do by default.
        max_num_seqs: requests that are worked on at once; further ones wait.
        reasoning: tell the thought from the answer.
        auto_tools: let the model decide about tools.

    """

    model: str
    revision: str
    served_name: str
    port: int = 8000
    max_model_len: int | None = None
    max_num_seqs: int = 256
    reasoning: bool = False
    auto_tools: bool = False


def read(words: Sequence[str]) -> Options:
    """Read the words after `vllm`; a flag that vLLM does not know, or a wrong value, ends the program with status 2."""
    parser = _parser()
    found = parser.parse_args(words)
    if found.enable_auto_tool_choice and not found.tool_call_parser:
        parser.error("--enable-auto-tool-choice requires --tool-call-parser")
    return Options(
        model=found.model_tag,
        revision=found.revision,
        served_name=found.served_model_name or found.model_tag,
        port=found.port,
        max_model_len=found.max_model_len,
        max_num_seqs=found.max_num_seqs,
        reasoning=found.reasoning_parser is not None,
        auto_tools=found.enable_auto_tool_choice,
    )


def _parser() -> argparse.ArgumentParser:
    # The flags below replace those of the same name that are read and passed over.
    parser = argparse.ArgumentParser(prog="vllm", allow_abbrev=False, conflict_handler="resolve")
    for flag in FLAGS.read_text().split():
        parser.add_argument(flag, nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("subcommand", choices=["serve"])
    parser.add_argument("model_tag")
    # A branch moves; vLLM takes `main` by default, the lab never does.
    parser.add_argument("--revision", required=True)
    parser.add_argument("--served-model-name")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--max-model-len", type=int)
    parser.add_argument("--max-num-seqs", type=int, default=256)
    parser.add_argument("--gpu-memory-utilization", type=_share)
    parser.add_argument("--reasoning-parser", choices=[PARSER])
    parser.add_argument("--enable-auto-tool-choice", action="store_true")
    parser.add_argument("--tool-call-parser")
    return parser


def _share(text: str) -> float:
    share = float(text)
    if not 0 < share <= 1:
        message = f"{text} is not above 0 and at most 1"
        raise argparse.ArgumentTypeError(message)
    return share
