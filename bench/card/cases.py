"""`python -m bench.card.cases CARD FOLDER`: what is to be run on a card, with the arguments that this lab gives there.

FOLDER then goes to the machine with the card, where `bench/card/measure.py` runs it.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from ailab import Lab
from ailab.memory import CardName
from ailab.spec import load
from bench.card.measure import ROOT
from bench.card.shapes import TAGS, write_files, write_served
from infra.console import say
from infra.documents.card_table import LAB
from infra.manifests import pod_templates, read

OF_THE_MACHINE: Final = {"OLLAMA_MODELS": f"{ROOT}/models", "OLLAMA_HOST": "127.0.0.1:11434", "OLLAMA_DEBUG": "1"}
# What belongs to the pod and not to the program.
OF_THE_POD: Final = {"HOME", *OF_THE_MACHINE}
SERVED: Final = "DeepSeek-R1-0528-Qwen3-8B"
ALIAS: Final = "deepseek-r1-vllm"
SMALL, LARGE, EMBEDDING = "llama3.1:8b-instruct-q4_K_M", "deepseek-r1:8b-0528-qwen3-q4_K_M", "nomic-embed-text:v1.5"
CONTEXTS: Final = ((8192, 4), (32768, 1), (131072, 1))
Step = dict[str, Any]


@dataclass(frozen=True)
class Manifests:
    """How a lab's manifests start the engines.

    Attributes:
        ollama: the variables that are Ollama's own.
        vllm: the arguments after the model, without its commit.

    """

    ollama: dict[str, str]
    vllm: list[str]


def manifests(card: CardName) -> Manifests:
    """Synthesize this repository's lab for a card and read how it starts the engines."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / LAB.name
        text = re.sub(r"^\[droplet\]\n(?:.+\n)+", "", LAB.read_text(encoding="utf-8"), flags=re.MULTILINE)
        file.write_text(re.sub(r'^card = ".*"$', f'card = "{card}"', text, flags=re.MULTILINE), encoding="utf-8")
        out = Path(folder) / "dist"
        Lab(load(file), out).synth()
        templates = dict(pod_templates(read(out)))
    ollama, vllm = (templates[f"Deployment/{name}"]["spec"]["containers"][0] for name in ("ollama", ALIAS))
    variables = {each["name"]: each["value"] for each in ollama["env"] if "value" in each}
    arguments = vllm["args"][1:]
    return Manifests(
        {name: value for name, value in variables.items() if name not in OF_THE_POD},
        [each for each in arguments if not each.startswith("--revision")],
    )


def cases(lab: Manifests) -> Iterator[tuple[str, list[Step]]]:
    """Name each case and its steps."""
    yield "ollama-lab", [_ollama(lab), _load(SMALL), _load(LARGE), _load(EMBEDDING)]
    for cache in ("f16", "q8_0", "q4_0"):
        for context, parallel in CONTEXTS:
            told = {"OLLAMA_CONTEXT_LENGTH": str(context), "OLLAMA_NUM_PARALLEL": str(parallel)}
            steps = [_ollama(lab, OLLAMA_KV_CACHE_TYPE=cache, **told), _load(SMALL)]
            yield f"ollama-{cache}-{context}x{parallel}", steps
    for tag in TAGS:
        if tag not in {SMALL, LARGE, EMBEDDING}:
            yield (
                f"ollama-{tag.partition('-')[0].replace(':', '-')}-{tag.rpartition('-')[2]}",
                [_ollama(lab), _load(tag)],
            )
    yield "ollama-untold", [_ollama(Manifests({"OLLAMA_NO_CLOUD": "1"}, [])), _load(SMALL)]
    yield from _servers(lab)
    yield from _together(lab)


def _servers(lab: Manifests) -> Iterator[tuple[str, list[Step]]]:
    yield "vllm-lab-alone", [_vllm(SERVED, lab.vllm), _ask(30000, 4), _ask(1000, 32)]
    named, most, few = f"--served-model-name={ALIAS}", "--gpu-memory-utilization=0.9", "--max-num-seqs=32"
    for name, model, arguments in (
        ("vllm-llama8-default", "Llama-3.1-8B", [most]),
        ("vllm-llama8-32", "Llama-3.1-8B", [most, few]),
        ("vllm-llama8-fp8", "Llama-3.1-8B", [most, "--kv-cache-dtype=fp8", few]),
        ("vllm-qwen14", "Qwen2.5-14B", [most, few]),
        ("vllm-moe30", "Qwen3-30B-A3B", ["--gpu-memory-utilization=0.92", few]),
    ):
        yield name, [_vllm(model, [named, *arguments]), _ask(30000, 4)]


def _together(lab: Manifests) -> Iterator[tuple[str, list[Step]]]:
    server, asked = _vllm(SERVED, lab.vllm), _ask(30000, 8)
    yield "both-vllm-first", [server, _ollama(lab), _load(SMALL), _load(LARGE), _load(EMBEDDING), asked]
    yield "both-ollama-first", [_ollama(lab), _load(EMBEDDING), _load(LARGE), _load(SMALL), server, asked]
    beside = {"loads": [SMALL, LARGE, EMBEDDING]}  # asked for as soon as vLLM takes memory of the card
    yield "both-at-once", [_ollama(lab), server | beside, asked]
    measures = [each for each in lab.vllm if not each.startswith("--kv-cache-memory")]
    yield "unfixed-at-once", [_ollama(lab), _vllm(SERVED, measures) | beside]
    again = [{"do": "stop", "engine": "ollama"}, _ollama(lab), _load(EMBEDDING), _load(SMALL), _load(LARGE)]
    yield "orders", [server, _ollama(lab), _load(LARGE), _load(EMBEDDING), _load(SMALL), *again]


def _ollama(lab: Manifests, **more: str) -> Step:
    return {
        "do": "start",
        "engine": "ollama",
        "command": ["ollama", "serve"],
        "environment": lab.ollama | OF_THE_MACHINE | more,
    }


def _vllm(model: str, arguments: list[str]) -> Step:
    command = ["vllm", "serve", f"{ROOT}/served/{model}", "--load-format=dummy", *arguments]
    quiet = {"VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1"}
    return {"do": "start", "engine": "vllm", "command": command, "environment": quiet}


def _load(tag: str) -> Step:
    return {"do": "load", "model": tag, "characters": 3000}


def _ask(tokens: int, texts: int) -> Step:
    return {"do": "ask", "model": ALIAS, "tokens": tokens, "texts": texts}


@click.command()
@click.argument("card", type=click.Choice([str(card) for card in CardName]))
@click.argument("folder", type=click.Path(exists=False, path_type=Path))
def main(card: str, folder: Path) -> None:
    """Write FOLDER for a CARD."""
    folder.mkdir(parents=True)
    write_files(folder)
    write_served(folder / "served")
    found = [{"name": name, "steps": steps} for name, steps in cases(manifests(CardName(card)))]
    (folder / "cases.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    say(f"{folder}: {len(found)} cases, {len(TAGS)} files")


if __name__ == "__main__":
    main()
