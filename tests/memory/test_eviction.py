"""Ollama lets no model go that the plan says stays loaded."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Final

import pytest
from hypothesis import given

from ailab.memory import CARDS, CardName, OllamaEngine, OllamaModel, file_model, plan
from ailab.memory.engines import reading_batch
from ailab.memory.eviction import expected, room
from tests.memory.test_plan import EPSILON, LIBRARIES

SHORT: Final = 0.01  # GiB


def _ollama(*tags: str, context: int = 8192) -> OllamaEngine:
    found = [(tag, file_model(tag)) for tag in tags]
    models = tuple(OllamaModel(alias=tag, model=model) for tag, model in found if model)
    return OllamaEngine(name="ollama", models=models, context=context)


def _stays(engine: OllamaEngine, loaded: int, memory: float) -> bool:
    """Load any `loaded` of the models in any order into so many GiB, as Ollama does; tell whether all stay and fit."""
    for order in permutations(engine.models, loaded):
        free = memory
        for number, each in enumerate(order):
            found = free - engine.program
            if number > 0 and expected(engine, each.model) > found * 80 / 100:
                return False
            free -= engine.parts(each.model).total
        if free < -EPSILON:
            return False
    return True


@given(LIBRARIES)
def test_what_is_kept_for_ollama_suffices_in_any_order_and_less_does_not(engine: OllamaEngine) -> None:
    for loaded in range(1, len(engine.models) + 1):
        kept = room(engine, loaded)
        assert _stays(engine, loaded, kept + EPSILON)
        assert not _stays(engine, loaded, kept - SHORT)


@given(LIBRARIES)
def test_more_models_or_longer_texts_never_need_less(engine: OllamaEngine) -> None:
    rooms = [room(engine, loaded) for loaded in range(1, len(engine.models) + 1)]
    assert rooms == sorted(rooms)
    assert rooms[-1] <= room(replace(engine, context=engine.context + 4096), len(engine.models)) + EPSILON


def test_before_it_loads_a_model_ollama_expects_its_file_and_a_cache_of_16_bits() -> None:
    """4.58 GiB and 1; without the sixteen bits Ollama's smaller types would count for less."""
    engine = _ollama("llama3.1:8b")
    [llama] = engine.models
    assert expected(engine, llama.model) == pytest.approx(4.58 + 1.0, abs=0.01)


def test_ollama_expects_layers_that_slide_to_keep_everything() -> None:
    """62 layers of 16 heads of 5376 / 32 values, twice: 15 GiB for 16,384 tokens, of which it takes a fifth."""
    engine = _ollama("gemma3:27b", context=16384)
    [gemma] = engine.models
    supposed = 2 * 62 * 16 * 168 * 16384 * 2 / 1024**3
    assert expected(engine, gemma.model) == pytest.approx(gemma.model.weights + supposed)
    assert engine.parts(gemma.model).cache < supposed / 4


def test_a_first_matrix_that_is_the_last_one_too_is_in_the_file_once() -> None:
    tied, untied = file_model("gemma3:4b"), file_model("llama3.1:8b")
    assert tied is not None
    assert untied is not None
    assert tied.file == tied.weights
    assert untied.file == untied.weights + untied.on_host


def test_the_plan_loads_fewer_models_where_ollama_would_let_one_go() -> None:
    """Two models of 8 GiB would fit 20 GiB of a card; before the second Ollama wants 10 GiB, and finds 9."""
    engine = _ollama("llama3.1:8b-instruct-q8_0", "deepseek-r1:8b-0528-qwen3-q8_0", context=4096)
    card = replace(CARDS[CardName.RTX_4000_ADA], memory=20.0)
    made = plan(card, [engine])
    assert made.ollama is not None
    assert engine.most(2) < card.memory - made.margin < room(engine, 2)
    assert made.ollama.loaded == 1
    assert not plan(card, [replace(engine, loaded=2)]).fits


@pytest.mark.parametrize(("tokens", "batch"), [(4096, 512), (4097, 1024), (32768, 1024), (32769, 2048)])
def test_longer_contexts_are_read_in_larger_batches(tokens: int, batch: int) -> None:
    assert reading_batch(tokens) == batch
