"""`python -m bench.card.digest OUT FILE`: write what was measured on a card as the file that tests and documents read.

OUT is what `bench/card/measure.py` left behind. FILE keeps its `machine`, which says where and with what it was run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from infra.console import say
from infra.documents.card_record import File, Server, Together

BUFFERS: Final = {
    "weights": re.compile(r"CUDA0 model buffer size = +([0-9.]+) MiB"),
    "cache": re.compile(r"CUDA0 KV buffer size = +([0-9.]+) MiB"),
    "work": re.compile(r"CUDA0 compute buffer size = +([0-9.]+) MiB"),
    "exchanged": re.compile(r"CUDA_Host compute buffer size = +([0-9.]+) MiB"),
}
LOADED: Final = re.compile(r"offloaded \d+/\d+ layers to GPU")
WEIGHTS: Final = re.compile(r"Model loading took ([0-9.]+) GiB")
AVAILABLE: Final = re.compile(r"(?:Available KV cache memory:|reserved) ([0-9.]+) GiB")
TOKENS: Final = re.compile(r"GPU KV cache size: ([0-9,]+) tokens")
GRAPHS: Final = re.compile(r"Graph capturing finished in \d+ secs, took ([0-9.]+) GiB")
KIB: Final = 1024


@click.command()
@click.argument("out", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def main(out: Path, file: Path) -> None:
    """Write FILE from OUT."""
    cases: list[dict[str, Any]] = json.loads((out / "measured.json").read_text(encoding="utf-8"))
    kept = json.loads(file.read_text(encoding="utf-8"))["machine"] if file.exists() else {}
    found = {
        "files": [asdict(each) for case in cases for each in files(case, out)],
        "servers": [asdict(each) for case in cases for each in servers(case, out)],
        "together": [asdict(each) for case in cases for each in together(case)],
    }
    file.write_text(json.dumps({"machine": kept, **found}, indent=1) + "\n", encoding="utf-8")
    say(f"{file}: " + ", ".join(f"{len(rows)} {kind}" for kind, rows in found.items()))


def files(case: dict[str, Any], out: Path) -> Iterator[File]:
    """Read what each model took in a case of Ollama alone."""
    engines = {row["step"].get("engine") for row in case["rows"]}
    if engines - {"ollama", None} or "ollama" not in engines:
        return
    environment = case["rows"][0]["step"]["environment"]
    log = (out / f"{case['name']}-ollama.log").read_text(encoding="utf-8", errors="replace")
    parts = LOADED.split(log)[1:]
    loads = [row for row in case["rows"] if row["step"]["do"] == "load"]
    before: set[str] = set()
    for row, part in zip(loads, parts, strict=True):
        [new] = set(row["programs"]) - before
        before |= {new}
        tag = row["step"]["model"]
        [state] = [each for each in row["ps"] if each["name"] == tag]
        yield File(
            case=case["name"],
            tag=tag,
            context=state["context_length"],
            parallel=int(environment.get("OLLAMA_NUM_PARALLEL", "1")),
            kv_cache=environment.get("OLLAMA_KV_CACHE_TYPE", "f16"),
            **{name: sum(map(float, pattern.findall(part))) for name, pattern in BUFFERS.items()},
            program_mib=int(row["programs"][new]["gpu"]),
        )


def servers(case: dict[str, Any], out: Path) -> Iterator[Server]:
    """Read what a server took in a case of vLLM alone."""
    steps = [row["step"] for row in case["rows"]]
    if [step["engine"] for step in steps if "engine" in step] != ["vllm"]:
        return
    log = (out / f"{case['name']}-vllm.log").read_text(encoding="utf-8", errors="replace")
    command = steps[0]["command"]
    [program] = case["rows"][-1]["programs"].values()
    yield Server(
        case=case["name"],
        model=Path(command[2]).name,
        arguments=command[4:],
        weights=_number(WEIGHTS, log),
        cache=_number(AVAILABLE, log),
        tokens=int(_number(TOKENS, log)),
        graphs=_number(GRAPHS, log),
        program_gib=round(int(program["gpu"]) / KIB, 2),
        asked=len(steps) > 1,
    )


def together(case: dict[str, Any]) -> Iterator[Together]:
    """Read what both engines took together."""
    engines = {row["step"].get("engine") for row in case["rows"]}
    if {"vllm", "ollama"} <= engines:
        yield Together(
            case=case["name"],
            most_mib=max(row["used"] for row in case["rows"]),
            whole=sum(each["size_vram"] == each["size"] for each in case["rows"][-1]["ps"]),
        )


def _number(pattern: re.Pattern[str], log: str) -> float:
    found = pattern.search(log)
    if found is None:
        message = f"the log has no {pattern.pattern!r}"
        raise click.ClickException(message)
    return float(found[1].replace(",", ""))


if __name__ == "__main__":
    main()
