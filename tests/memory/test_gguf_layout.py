"""Files of shapes alone are those of the real models, to who reads them."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from ailab.memory.models import ARCHITECTURES
from ailab.memory.quantization import FILE_QUANTIZATIONS
from bench.card.gguf_layout import kind_of, layout
from bench.card.shapes import TAGS
from infra.gguf_header import read

GB = 1e9
# As https://ollama.com/library has them, in two digits; Gemma's has a tower of 0.8 GB besides, which is not laid out.
SIZES = {
    "llama3.1:8b-instruct-q4_K_M": 4.9,
    "deepseek-r1:8b-0528-qwen3-q4_K_M": 5.0,
    "qwen2.5:7b-instruct-q4_K_M": 4.7,
    "gemma3:12b-it-q4_K_M": 7.3,
    "nomic-embed-text:v1.5": 0.274,
}


@pytest.mark.parametrize("tag", SIZES)  # one of each kind: the vocabularies take a second each
def test_a_file_of_shapes_is_as_large_as_the_real_one_and_has_its_shape(tag: str) -> None:
    model = ARCHITECTURES[TAGS[tag]]
    quantization = "f16" if "nomic" in tag else tag.rpartition("-")[2].lower()
    made = layout(TAGS[tag], model, FILE_QUANTIZATIONS[quantization])
    assert made.size / GB == pytest.approx(SIZES[tag], rel=0.02)
    header = read(io.BytesIO(made.head))
    kind = header.facts["general.architecture"]
    numbers = ("block_count", "embedding_length", "attention.head_count", "attention.head_count_kv", "context_length")
    assert [header.facts[f"{kind}.{name}"] for name in numbers] == [
        model.layers,
        model.hidden,
        model.heads,
        model.kv_heads,
        model.context,
    ]


@pytest.mark.parametrize(("hidden", "bytes_of_a_block_of_32"), [(1024, 18), (896, 22)])
def test_with_rows_of_another_length_a_matrix_takes_the_next_older_format(
    hidden: int, bytes_of_a_block_of_32: int
) -> None:
    """896 values do not divide into blocks of 256, so its Q4_K matrices are Q5_0."""
    model = replace(ARCHITECTURES["qwen2.5-0.5b"], hidden=hidden, vocab=512)
    made = layout("qwen2.5", model, FILE_QUANTIZATIONS["q4_k_m"])
    queries = read(io.BytesIO(made.head)).sizes["blk.3.attn_q.weight"]
    assert queries == hidden * model.heads * model.head_dim // 32 * bytes_of_a_block_of_32


def test_a_model_of_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"^gpt-oss-20b: no kind of llama\.cpp's is known for it; there are llama, "):
        kind_of("gpt-oss-20b")
