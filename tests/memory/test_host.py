"""What the pod of Ollama holds beside the card, or without one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ailab.memory import CARDS, CardName, OllamaEngine, OllamaModel, file_model, host_memory, loaded_on_host, plan


def _ollama(*tags: str, loaded: int | None = None) -> OllamaEngine:
    found = [(tag, file_model(tag)) for tag in tags]
    models = tuple(OllamaModel(alias=tag, model=model) for tag, model in found if model)
    return OllamaEngine(name="ollama", models=models, context=8192, loaded=loaded)


def test_beside_a_card_it_holds_the_first_matrix_of_each_loaded_model_and_what_it_shares_with_the_card() -> None:
    """281.81 MiB of Llama 3.1 8B ("CPU_Mapped model buffer size") and 48.02 ("CUDA_Host compute buffer size")."""
    one = host_memory(_ollama("llama3.1:8b"), 1, gpu=True)
    assert one == pytest.approx(1.0 + 0.5 + (281.81 + 48.02) / 1024, abs=0.001)
    assert host_memory(_ollama("llama3.1:8b", "llama3.1:8b-instruct-q4_K_M"), 2, gpu=True) == pytest.approx(2 * one - 1)


def test_without_a_card_it_holds_the_whole_model_and_its_cache() -> None:
    """4.58 GiB of file and 1 GiB of cache."""
    assert 1.5 + 4.58 + 1.0 < host_memory(_ollama("llama3.1:8b"), 1, gpu=False) < 1.5 + 4.58 + 1.5


@pytest.mark.parametrize(("memory", "loaded"), [(4.0, 0), (8.0, 1), (10.1, 2), (100.0, 2)])
def test_a_pod_holds_as_many_models_as_fit(memory: float, loaded: int) -> None:
    assert loaded_on_host(_ollama("llama3.1:8b", "qwen3:0.6b"), memory, gpu=False) == loaded


def test_a_pod_holds_no_more_models_than_its_owner_says() -> None:
    assert loaded_on_host(_ollama("llama3.1:8b", "qwen3:0.6b", loaded=1), 100.0, gpu=False) == 1


def test_a_card_with_room_for_more_models_than_the_pod_holds_has_no_more_than_that() -> None:
    ollama = _ollama("llama3.1:8b", "qwen3:8b", "qwen3:0.6b")
    for pod, loaded in ((3.0, 2), (8.0, 3)):
        made = plan(CARDS[CardName.H200], [replace(ollama, pod=pod)])
        assert made.ollama is not None
        assert made.ollama.loaded == loaded
