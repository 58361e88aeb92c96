"""docs/card.md: the memory plan beside what a real card was seen to hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ailab.memory import (
    CARDS,
    CardName,
    Model,
    OllamaEngine,
    OllamaModel,
    Parts,
    VllmEngine,
    VllmShare,
    file_model,
    plan,
    server_model,
)
from ailab.memory.cache import FileCache, ServerCache
from ailab.spec import load
from infra.documents.card_record import File, Record, Server, read
from infra.labs import LABS
from infra.memory_slices import what_if

CARD: Final = CARDS[CardName.H200]
LAB: Final = LABS / "gpu-lab.toml"
MIB: Final = 1024  # of a GiB
HEAD: Final = """\
# The memory plan on a real card

Made from `docs/card.json` by `./lab docs`; `tests/memory/test_card.py` holds the plan to it. Each pair of numbers is
what the plan says and what was measured. [Decision 37](decisions/0037-the-plan-on-a-real-card.md) says how it was
measured, what followed from it, and what it does not show.

| | |
|---|---|
"""
FILES: Final = """
## Models of Ollama, in MiB

"Work" is what llama.cpp says of its compute buffer. "In all" is what the driver says of the model's program after a
text of 3,000 characters. The last one was not told a context.

| model | context | a value | weights | cache | work | in all |
|---|---|---|---|---|---|---|
"""
SERVERS: Final = """
## vLLM, in GiB

"In all" is what the driver says of the server's program. Only one had answered something by then: what the others take
with their first long texts comes on top, and was not measured.

| model | requests | a value | weights | cache | tokens in it | in all | answered |
|---|---|---|---|---|---|---|---|
"""
TOGETHER: Final = """
## Both engines of the lab on one card

The lab of this repository, with the arguments of its manifests for this card as they were before decision 37: three
models of Ollama and the vLLM server, which then had to answer eight texts of 30,000 tokens (not in the last two rows).
The plan has {planned:,.0f} MiB for all of them.

| in which order they started | the most MiB seen after a step | models of Ollama whole on the card in the end |
|---|---|---|
"""
ORDERS: Final = {
    "both-vllm-first": "vLLM, then Ollama's models one after the other",
    "both-ollama-first": "Ollama's models one after the other, then vLLM",
    "both-at-once": "all models at once, asked for when vLLM was started; they were there before it touched the card",
    "unfixed-at-once": "the same, with vLLM left to measure the size of its cache",
    "orders": "vLLM, then the models in another order; Ollama started again, and a third order",
}


def text() -> str:
    """Write docs/card.md."""
    return document(read())


def document(record: Record) -> str:
    """Write what a record says beside the plan."""
    planned = what_if(load(LAB), card=CardName.H200).takes * MIB
    return "".join(
        (
            HEAD,
            *(_row(name, what) for name, what in record.machine.items()),
            FILES,
            *(_row(*_of_file(file)) for file in record.files),
            SERVERS,
            *(_row(*_of_server(server)) for server in record.servers),
            TOGETHER.format(planned=planned),
            *(_row(ORDERS[each.case], f"{each.most_mib:,}", str(each.whole)) for each in record.together),
        )
    )


def planned_file(file: File) -> Parts:
    """Plan a model of Ollama as it was run."""
    model = _known(file_model(file.tag), file.tag)
    return OllamaEngine(
        name="ollama",
        models=(OllamaModel(alias=file.tag, model=model),),
        context=file.context,
        parallel=file.parallel,
        cache=FileCache(file.kv_cache),
        program=CARD.program,
    ).parts(model)


def planned_server(server: Server) -> VllmShare:
    """Plan a server as it was run: alone, with the share of the card that its arguments say."""
    told = dict(each.removeprefix("--").split("=", 1) for each in server.arguments)
    model = _known(server_model(server.model), server.model)
    engine = VllmEngine(
        name=server.case,
        model=model,
        context=int(told.get("max-model-len", model.context)),
        parallel=int(told.get("max-num-seqs", 1024)),  # its own choice on a card of this size
        cache=ServerCache(told.get("kv-cache-dtype", ServerCache.AUTO)),
        share=float(told["gpu-memory-utilization"]),
    )
    return plan(CARD, [engine]).vllm[0]


def _known(model: Model | None, name: str) -> Model:
    if model is None:
        message = f"{name}: docs/card.json has it, and the table of models does not"
        raise ValueError(message)
    return model


def _of_file(file: File) -> Iterator[str]:
    parts = planned_file(file)
    yield file.tag
    yield f"{file.context:,}" + (f" x {file.parallel}" if file.parallel > 1 else "")
    yield file.kv_cache
    for said, seen in ((parts.weights, file.weights), (parts.cache, file.cache), (parts.work, file.work)):
        yield f"{said * MIB:.0f} / {seen:.0f}"
    yield f"{parts.total * MIB:.0f} / {file.program_mib}"


def _of_server(server: Server) -> Iterator[str]:
    share = planned_server(server)
    yield server.model
    yield str(share.engine.parallel)
    yield share.engine.cache
    yield f"{share.parts.weights:.2f} / {server.weights:.2f}"
    yield f"{share.parts.cache:.2f} / {server.cache:.2f}"
    yield f"{share.tokens:,} / {server.tokens:,}"
    yield f"{share.takes:.2f} / {server.program_gib:.2f}"
    yield "yes" if server.asked else "no"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"
