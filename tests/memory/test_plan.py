"""What holds of every plan, whatever is shared."""

from __future__ import annotations

import operator
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ailab.memory import CARDS, Card, CardName, MemoryPlan, OllamaEngine, VllmEngine, file_model, plan, server_model
from ailab.memory.cache import FileCache, ServerCache
from ailab.memory.engines import GIB, OllamaModel
from ailab.memory.model import Model, described

EPSILON = 1e-6
SHAPES = st.builds(
    described,
    weights=st.floats(0.3, 80),
    layers=st.integers(4, 80),
    kv_heads=st.sampled_from([1, 2, 4, 8, 16]),
    head_dim=st.sampled_from([64, 128, 256]),
    context=st.just(131072),
)
CONTEXTS = st.integers(512, 131072)
CARDS_OF_ALL_SIZES = st.builds(Card, st.just("a card"), st.floats(4, 200))
SERVERS = st.builds(
    VllmEngine,
    name=st.just("server"),
    model=SHAPES,
    context=CONTEXTS,
    parallel=st.integers(1, 256),
    cache=st.sampled_from([*ServerCache]),
    share=st.none() | st.floats(0.05, 0.95),
)
LIBRARIES = st.builds(
    OllamaEngine,
    name=st.just("ollama"),
    models=st.lists(st.builds(OllamaModel, alias=st.just("a"), model=SHAPES), min_size=1, max_size=4).map(tuple),
    context=CONTEXTS,
    parallel=st.integers(1, 4),
    cache=st.sampled_from([*FileCache]),
    loaded=st.none() | st.integers(1, 5),
)
LABS = st.tuples(
    CARDS_OF_ALL_SIZES,
    st.builds(operator.add, st.lists(SERVERS, max_size=3), st.lists(LIBRARIES, max_size=1)),
)


def _server(repository: str, context: int = 32768, **others: object) -> VllmEngine:
    model = server_model(repository)
    assert model is not None
    return VllmEngine(name="server", model=model, context=context, **others)  # type: ignore[arg-type]


def _ollama(*tags: str, **others: object) -> OllamaEngine:
    def model(tag: str) -> Model:
        found = file_model(tag)
        assert found is not None
        return found

    models = tuple(OllamaModel(alias=tag, model=model(tag)) for tag in tags)
    return OllamaEngine(name="ollama", models=models, context=8192, **others)  # type: ignore[arg-type]


R1 = _server("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B")
USUAL = _ollama("llama3.1:8b", "deepseek-r1:8b", "nomic-embed-text:v1.5")


@given(LABS)
def test_what_fits_takes_no_more_than_the_card_without_its_margin(
    lab: tuple[Card, list[VllmEngine | OllamaEngine]],
) -> None:
    card, engines = lab
    made = plan(card, engines)
    if made.fits:
        assert made.takes <= card.memory - made.margin + EPSILON


@given(LABS, CONTEXTS)
def test_a_longer_context_never_leaves_more_room(lab: tuple[Card, list[VllmEngine | OllamaEngine]], more: int) -> None:
    card, engines = lab
    longer = [replace(engine, context=engine.context + more) for engine in engines]
    assert plan(card, longer).left <= plan(card, engines).left + EPSILON


@given(LABS)
def test_in_any_order_a_server_finds_the_memory_that_it_asks_for(
    lab: tuple[Card, list[VllmEngine | OllamaEngine]],
) -> None:
    """VLLM refuses to start where less is free than its share of the card; all others may have started before."""
    card, engines = lab
    made = plan(card, engines)
    if not made.fits:
        return
    for order in permutations(range(len(made.vllm))):
        taken = made.ollama.takes if made.ollama else 0.0
        for number in order:
            share = made.vllm[number]
            free = card.memory - taken - share.parts.context
            assert free >= share.utilization * card.memory - EPSILON
            taken += share.takes


def test_the_usual_lab_on_an_l40s() -> None:
    made = plan(CARDS[CardName.L40S], [R1, USUAL])
    assert made.ollama is not None
    [share] = made.vllm
    assert (made.fits, made.ollama.loaded, share.batch) == (True, 3, 2048)
    assert share.utilization == 0.63
    assert (share.tokens, round(share.requests, 2)) == (83_680, 2.55)
    assert [round(parts.total, 1) for parts in made.ollama.models] == [6.3, 6.5, 0.9]
    assert round(made.ollama.room, 1) == 14.9
    assert made.ollama.spare == 454


@pytest.mark.parametrize("card", [CardName.RTX_4000_ADA, CardName.RTX_4090])
def test_the_usual_lab_fits_no_card_of_20_or_24_gb(card: CardName) -> None:
    assert not plan(CARDS[card], [R1, USUAL]).fits


def test_engines_that_do_not_fit_get_the_least_that_they_need() -> None:
    made = plan(CARDS[CardName.RTX_4000_ADA], [R1, USUAL])
    assert made.left < 0
    assert made.ollama is not None
    assert made.ollama.loaded == 1
    assert 1 <= made.vllm[0].requests < 1.01


def test_where_room_is_short_ollama_keeps_fewer_models_on_the_card() -> None:
    made = plan(Card("between", 37.0), [R1, USUAL])
    assert made.fits
    assert made.ollama is not None
    assert made.ollama.loaded == 2


def test_the_owners_number_of_loaded_models_is_kept_or_refused() -> None:
    three = replace(USUAL, loaded=3)
    assert not plan(Card("between", 37.0), [R1, three]).fits
    fits = plan(CARDS[CardName.L40S], [R1, replace(USUAL, loaded=1)])
    assert fits.ollama is not None
    assert (fits.fits, fits.ollama.loaded) == (True, 1)


def test_a_share_that_the_owner_chose_is_kept() -> None:
    made = plan(CARDS[CardName.L40S], [replace(R1, share=0.6), USUAL])
    assert (made.fits, made.vllm[0].utilization) == (True, 0.6)


def test_a_share_that_holds_no_whole_text_does_not_fit() -> None:
    made = plan(CARDS[CardName.L40S], [replace(R1, share=0.4), USUAL])
    assert made.left > 0
    assert not made.fits


def test_a_server_that_is_alone_measures_its_cache_and_one_beside_others_is_told_its_size() -> None:
    """It would take for its own what another loads while it measures."""
    assert plan(CARDS[CardName.L40S], [R1]).vllm[0].cache_bytes is None
    share = plan(CARDS[CardName.L40S], [R1, USUAL]).vllm[0]
    assert share.cache_bytes == int(share.parts.cache * GIB)


def test_two_servers_share_what_is_left_equally() -> None:
    small = _server("Qwen/Qwen3-4B")
    made = plan(CARDS[CardName.L40S], [R1, small])
    first, second = made.vllm
    assert made.fits
    assert [share.cache_bytes for share in made.vllm] == [int(share.parts.cache * GIB) for share in made.vllm]
    assert first.parts.cache == pytest.approx(second.parts.cache, abs=0.1)


def test_a_smaller_cache_type_keeps_more_tokens() -> None:
    usual, small = (plan(CARDS[CardName.L40S], [replace(R1, cache=cache)]).vllm[0] for cache in ServerCache)
    assert small.tokens == pytest.approx(2 * usual.tokens, rel=0.001)


def test_cards_that_share_a_model_hold_a_part_each_and_the_compressed_cache_whole() -> None:
    llama = _server("meta-llama/Llama-3.1-70B-Instruct")
    assert llama.pages(CARDS[CardName.H100]).size == 8 * replace(llama, gpus=8).pages(CARDS[CardName.H100]).size
    r1 = _server("deepseek-ai/DeepSeek-R1")
    assert r1.pages(CARDS[CardName.H200]).size == replace(r1, gpus=8).pages(CARDS[CardName.H200]).size
    assert r1.pages(CARDS[CardName.H200]).size == 61 * 16 * 576 * 2


def test_more_cards_than_heads_hold_the_same_head_several_times() -> None:
    qwen = _server("Qwen/Qwen2.5-7B-Instruct")
    four, eight = (replace(qwen, gpus=gpus).pages(CARDS[CardName.H100]).size for gpus in (4, 8))
    assert four == eight


def test_layers_that_slide_keep_their_window_alone() -> None:
    sliding = _server("openai/gpt-oss-20b", 131072)
    divided = sliding.pages(CARDS[CardName.L40S])
    assert (divided.full, divided.sliding) == (1, 1)
    assert divided.of_request(131072) == 131072 // 16 + (127 + 2048 + 15) // 16 + 1
    gemma = _server("google/gemma-3-27b-it", 131072).pages(CARDS[CardName.H100])
    assert (gemma.full, gemma.sliding) == (1, 6)  # 52 layers in groups of 10: the last is filled up


def test_a_model_that_embeds_keeps_nothing_of_a_text() -> None:
    model = file_model("nomic-embed-text:v1.5")
    assert model is not None
    assert _ollama("nomic-embed-text:v1.5").parts(model).cache == 0


@pytest.mark.parametrize(("cache", "part"), [(FileCache.Q8_0, 0.53125), (FileCache.Q4_0, 0.28125)])
def test_ollamas_smaller_cache_types_take_their_part(cache: FileCache, part: float) -> None:
    model = file_model("llama3.1:8b")
    assert model is not None
    usual = _ollama("llama3.1:8b")
    assert replace(usual, cache=cache).parts(model).cache == part * usual.parts(model).cache


def test_a_plan_says_by_how_much_it_does_not_fit() -> None:
    card, fitting = Card("small", 20.0), Card("larger", 20.0)
    made: MemoryPlan = plan(card, [R1])
    fitting = Card("larger", card.memory - made.left + 1)
    assert made.left < 0
    assert plan(fitting, [R1]).fits


def test_two_ollamas_are_no_plan() -> None:
    with pytest.raises(ValueError, match="one Ollama serves all models of a card"):
        plan(CARDS[CardName.L40S], [USUAL, USUAL])
