"""The arithmetic against what real runs said of themselves."""

from __future__ import annotations

from statistics import median
from typing import Final

import pytest

from ailab.memory import file_model
from ailab.memory.architecture import Architecture
from ailab.memory.cache import CacheShape, FileCache, cells, pages
from ailab.memory.engines import FILE_BATCH, OllamaEngine, OllamaModel
from ailab.memory.models import ARCHITECTURES
from tests.memory.run import Run
from tests.memory.runs import RUNS

MIB: Final = 1024


@pytest.mark.parametrize("run", [run for run in RUNS if run.weights], ids=str)
def test_the_weights_are_those_of_the_run(run: Run) -> None:
    assert run.loaded().weights == pytest.approx(run.weights, rel=run.near)


def test_the_weights_are_within_a_percent_but_for_the_kernel_of_hopper() -> None:
    off = {run: abs(run.loaded().weights / run.weights - 1) for run in RUNS if run.weights}
    assert {run.model for run, part in off.items() if part > 0.01} == {"openai/gpt-oss-20b", "openai/gpt-oss-120b"}
    assert max(part for run, part in off.items() if run.near == 0.01) < 0.005


@pytest.mark.parametrize("run", [run for run in RUNS if run.tokens and run.cache], ids=str)
def test_the_cache_keeps_the_tokens_of_the_run(run: Run) -> None:
    assert run.cache is not None
    divided = pages(run.loaded().cache, run.engine().cache, batch=run.batch, gpus=run.gpus)
    assert divided.tokens(run.cache, run.context) == pytest.approx(run.tokens, rel=0.002)


def _fixed(run: Run) -> float:
    """Tell how many GiB of its share vLLM takes before a token is kept.

    CUDA's own part is not of its share, and before 0.21, as in all of these, the recorded graphs were not.
    """
    parts = run.engine().fixed(run.batch)
    return parts.total - parts.context - parts.graphs


def _off(run: Run) -> float:
    """Tell how far the computed total of a run is from what vLLM was allowed to take, as a part of that."""
    assert run.card is not None
    assert run.share is not None
    assert run.cache is not None
    return (_fixed(run) + run.cache) / (run.card * run.share) - 1


def test_the_totals_are_within_one_percent_in_the_median_and_six_at_most() -> None:
    off = sorted(abs(_off(run)) for run in RUNS if run.card and run.share and run.cache)
    assert len(off) == 16
    assert median(off) <= 0.01
    assert off[-1] <= 0.06  # a card of 8 GB, where 0.3 GiB are as much


@pytest.mark.parametrize("run", [run for run in RUNS if run.card and run.share], ids=str)
def test_what_did_not_start_is_not_said_to_fit_and_what_started_is(run: Run) -> None:
    assert run.card is not None
    assert run.share is not None
    room = run.card * run.share - _fixed(run)
    divided = pages(run.loaded().cache, run.engine().cache, batch=run.batch, gpus=run.gpus)
    assert (divided.requests(max(room, 0.0), run.context) >= 1) == run.started


@pytest.mark.parametrize(
    ("tag", "gpu", "host"),
    [
        # "CUDA0 model buffer size" and "CPU_Mapped model buffer size" of a public report.
        ("llama3.1:8b-instruct-q4_K_M", 4403.49, 281.81),
        # https://github.com/ollama/ollama/issues/12752: what each layer takes, in bytes.
        ("gpt-oss:120b", (36 * 1_751_096_064 + 1_158_278_400) / MIB**2, 1_158_266_880 / MIB**2),
        # https://github.com/ollama/ollama/issues/16416
        ("gpt-oss:120b", 61_223, 1104),
    ],
)
def test_a_file_is_divided_between_card_and_pod_as_llama_cpp_says(tag: str, gpu: float, host: float) -> None:
    model = file_model(tag)
    assert model is not None
    assert model.weights * MIB == pytest.approx(gpu, rel=0.005)
    assert model.on_host * MIB == pytest.approx(host, rel=0.005)


@pytest.mark.parametrize(
    ("tag", "size"),
    [
        # gguf-parser-go's README and https://github.com/ollama/ollama/pull/6279 ("model size").
        ("llama3.1:70b-instruct-q4_K_M", 39.59),
        ("llama3.1:70b-instruct-q4_0", 37.22),
        ("deepseek-r1:7b-qwen-distill-q4_K_M", 4.36),
        ("deepseek-r1:7b-qwen-distill-fp16", 14.19),
        # https://github.com/ollama/ollama/pull/11090: 11.5 and 11.9 GiB on two cards, 0.66 beside them, with its tower,
        # which the table has not.
        ("mistral-small:24b-instruct-2501-q8_0", 11.5 + 11.9 + 0.66 - 0.8),
    ],
)
def test_a_file_is_as_large_as_published(tag: str, size: float) -> None:
    model = file_model(tag)
    assert model is not None
    assert model.weights + model.on_host == pytest.approx(size, rel=0.005)


# GB, in two digits, as https://ollama.com/library has them.
LIBRARY: Final = {
    "deepseek-r1:1.5b": 1.1,
    "deepseek-r1:7b": 4.7,
    "deepseek-r1:14b": 9.0,
    "deepseek-r1:32b": 20,
    "deepseek-r1:70b": 43,
    "gemma3:4b": 3.3,
    "gemma3:12b": 8.1,
    "gemma3:27b": 17,
    "gpt-oss:20b": 14,
    "gpt-oss:120b": 65,
    "llama3.1:8b": 4.9,
    "llama3.1:70b": 43,
    "llama3.2:1b": 1.3,
    "llama3.2:3b": 2.0,
    "mistral:7b": 4.4,
    "mistral-nemo:12b": 7.1,
    "mistral-small:24b": 14,
    "nomic-embed-text:v1.5": 0.27,
    "qwen2.5:7b": 4.7,
    "qwen3:4b": 2.5,
    "qwen3:32b": 20,
    # Their files keep the first matrix, which stays on the host, in more bits than the rule has.
    "deepseek-r1:8b": 5.2,
    "qwen3:8b": 5.2,
    "qwen3:14b": 9.3,
}


@pytest.mark.parametrize("tag", LIBRARY)
def test_a_tag_of_the_library_is_as_large_as_its_page_says(tag: str) -> None:
    model = file_model(tag)
    assert model is not None
    tied = tag.startswith(("gemma3", "llama3.2", "qwen3:4b", "nomic"))  # on card and host both, once in the file
    size = (model.weights + (0 if tied else model.on_host)) * 1024**3 / 1e9
    assert size == pytest.approx(LIBRARY[tag], rel=0.04)


@pytest.mark.parametrize(
    ("name", "context", "mebibytes"),
    [
        ("llama-3.1-8b", 8192, 1024),  # a public report
        ("llama-3.2-3b", 8192, 896),  # https://github.com/ollama/ollama/issues/8098
        ("qwen2.5-3b", 4096, 144),  # https://github.com/SciSharp/LLamaSharp/issues/1099
        ("deepseek-r1-distill-qwen-7b", 131072, 7168),  # gguf-parser-go's README
    ],
)
def test_llama_cpp_keeps_so_much_of_a_text(name: str, context: int, mebibytes: int) -> None:
    shape = _shape(ARCHITECTURES[name])
    assert cells(shape, FileCache.F16, context=context, parallel=1, batch=FILE_BATCH) * MIB == mebibytes


def _shape(model: Architecture) -> CacheShape:
    return CacheShape(
        full=model.layers - model.sliding_layers,
        sliding=model.sliding_layers,
        window=model.window or 0,
        heads=model.kv_heads,
        head_dim=model.head_dim,
    )


@pytest.mark.parametrize(
    ("batch", "sliding"),
    [
        (512, 18),  # a public log that says "creating     SWA KV cache, size = 768 cells"
        (2048, 54),  # a public log that says "creating     SWA KV cache, size = 2304 cells"
    ],
)
def test_llama_cpp_keeps_a_window_and_a_batch_of_layers_that_slide(batch: int, sliding: int) -> None:
    shape = _shape(ARCHITECTURES["gpt-oss-20b"])
    assert cells(shape, FileCache.F16, context=131072, parallel=1, batch=batch) * MIB == 3072 + sliding


def test_each_text_of_llama_cpp_has_windows_of_its_own() -> None:
    shape = _shape(ARCHITECTURES["gemma-3-27b"])
    one, four = (cells(shape, FileCache.F16, context=8192, parallel=count, batch=1024) for count in (1, 4))
    assert four == 4 * one
    assert one * MIB == (10 * 8192 + 52 * 2048) * 2 * 16 * 128 * 2 / MIB**2


def test_no_more_is_kept_of_a_text_than_it_has() -> None:
    shape = _shape(ARCHITECTURES["gemma-3-27b"])
    assert (
        cells(shape, FileCache.F16, context=512, parallel=2, batch=512) * MIB == 62 * 1024 * 2 * 16 * 128 * 2 / MIB**2
    )


def test_llama_cpp_needs_so_much_for_a_step() -> None:
    """https://github.com/SciSharp/LLamaSharp/issues/1099: "CUDA0 compute buffer size = 300.75 MiB"."""
    model = file_model("qwen2.5:3b")
    assert model is not None
    ollama = OllamaEngine(name="ollama", models=(OllamaModel(alias="a", model=model),), context=4096)
    assert ollama.parts(model).work * MIB == 300.75
