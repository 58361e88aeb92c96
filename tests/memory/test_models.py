"""The tables of models and cards."""

from __future__ import annotations

import pytest

from ailab.memory import CARDS, CardName, described, file_model, server_model
from ailab.memory.models import ARCHITECTURES
from ailab.memory.names import smaller_tags

# Billions of parameters as each model's page on Hugging Face says ("Model size", with all digits).
PUBLISHED = {
    "llama-3.1-8b": 8.030_261_248,
    "llama-3.1-70b": 70.553_706_496,
    "llama-3.2-1b": 1.235_814_400,
    "llama-3.2-3b": 3.212_749_824,
    "qwen2.5-0.5b": 0.494_032_768,
    "qwen2.5-1.5b": 1.543_714_304,
    "qwen2.5-3b": 3.085_938_688,
    "qwen2.5-7b": 7.615_616_512,
    "qwen2.5-14b": 14.770_033_664,
    "qwen2.5-32b": 32.763_876_352,
    "qwen3-4b": 4.022_468_096,
    "qwen3-8b": 8.190_735_360,
    "qwen3-14b": 14.768_307_200,
    "qwen3-30b-a3b": 30.532_122_624,
    "qwen3-32b": 32.762_123_264,
    "deepseek-r1-distill-qwen-1.5b": 1.777_088_000,
    "mistral-7b": 7.248_023_552,
    "mistral-nemo-12b": 12.247_782_400,
    "mistral-small-24b": 23.572_403_200,
    "gemma-3-1b": 0.999_885_952,
    "gemma-3-4b": 4.300_079_472,
    "gemma-3-12b": 12.187_325_040,
    "gemma-3-27b": 27.432_406_640,
    "gpt-oss-20b": 20.9,
    "gpt-oss-120b": 116.8,
    "deepseek-r1": 671.0,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_numbers_of_a_model_make_as_many_parameters_as_it_has(name: str) -> None:
    assert ARCHITECTURES[name].parameters / 1e9 == pytest.approx(PUBLISHED[name], rel=0.001)


def test_every_card_has_its_memory_and_the_rented_ones_their_sizes() -> None:
    assert CARDS.keys() == {*CardName}
    rented = {size for card in CARDS.values() for size in card.droplets}
    assert rented == {
        "gpu-4000adax1-20gb",
        "gpu-l40sx1-48gb",
        "gpu-6000adax1-48gb",
        "gpu-h100x1-80gb",
        "gpu-h100x8-640gb",
        "gpu-h200x1-141gb",
        "gpu-h200x8-1128gb",
        "gpu-b300x1-288gb-spot",
        "gpu-b300x8-2304gb-spot",
    }


@pytest.mark.parametrize(
    ("repository", "weights"),
    [
        ("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", 15.29),
        ("meta-llama/Llama-3.1-8B-Instruct", 14.99),
        ("RedHatAI/Meta-Llama-3.1-8B-Instruct-FP8-dynamic", 8.49),
        ("Qwen/Qwen3-32B-AWQ", 18.02),
        ("Qwen/Qwen2.5-Coder-7B-Instruct-GPTQ-Int4", 5.20),
        ("deepseek-ai/DeepSeek-R1", 625.0),
    ],
)
def test_a_repository_leads_to_its_model_and_quantization(repository: str, weights: float) -> None:
    model = server_model(repository)
    assert model is not None
    assert model.weights == pytest.approx(weights, rel=0.005)


@pytest.mark.parametrize(
    "repository",
    ["Qwen/Qwen3-9B", "somebody/Qwen3-8B-merged", "Qwen/Qwen2.5-7B-Instruct-1M", "somebody/Llama-3.1-8B-GGUF", "a/b"],
)
def test_what_is_nearly_a_known_repository_is_unknown(repository: str) -> None:
    assert server_model(repository) is None


@pytest.mark.parametrize(
    ("tag", "like"),
    [
        ("llama3.1:8b", "llama3.1:8b-instruct-q4_K_M"),
        ("deepseek-r1:8b", "deepseek-r1:8b-0528-qwen3-q4_K_M"),
        ("deepseek-r1:8b-llama-distill-q4_K_M", "llama3.1:8b"),
        ("gemma3:4b-it-qat", "gemma3:4b-it-q4_0"),
    ],
)
def test_two_tags_of_one_model_are_equal_in_size(tag: str, like: str) -> None:
    one, other = file_model(tag), file_model(like)
    assert one is not None
    assert other is not None
    assert one.weights == other.weights


@pytest.mark.parametrize(
    "tag", ["llama3.1:8b-instruct-q3_K_S", "llama3.1:8bx", "somebody/llama3.1:8b", "llama9:8b", "qwen3:8b-iq2_xs"]
)
def test_what_is_nearly_a_known_tag_is_unknown(tag: str) -> None:
    assert file_model(tag) is None


def test_smaller_tags_are_of_the_same_model_and_smaller() -> None:
    assert smaller_tags("llama3.1:8b-instruct-fp16") == ("llama3.1:8b-instruct-q8_0", "llama3.1:8b-instruct-q4_K_M")
    assert smaller_tags("llama3.1:8b-instruct-q4_K_M") == ()
    assert smaller_tags("llama3.1:8b") == ()
    assert smaller_tags("a:8b-q8_0") == ()


def test_five_numbers_are_never_less_than_what_the_table_knows() -> None:
    unknown = described(weights=1.0, layers=1, kv_heads=1, head_dim=1, context=1)
    for architecture in ARCHITECTURES.values():
        assert unknown.vocab >= architecture.vocab
        assert unknown.hidden + unknown.intermediate >= architecture.hidden + architecture.intermediate


@pytest.mark.parametrize("field", ["weights", "layers", "kv_heads", "head_dim", "context"])
@pytest.mark.parametrize("value", [0, -1])
def test_no_number_of_a_model_is_zero_or_less(field: str, value: int) -> None:
    numbers = {"weights": 8.0, "layers": 32, "kv_heads": 8, "head_dim": 128, "context": 4096, field: value}
    with pytest.raises(ValueError, match="all five numbers of a model must be above zero"):
        described(
            weights=numbers["weights"],
            layers=int(numbers["layers"]),
            kv_heads=int(numbers["kv_heads"]),
            head_dim=int(numbers["head_dim"]),
            context=int(numbers["context"]),
        )
