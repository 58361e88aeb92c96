"""Models with the shapes of real ones: GGUF files, and folders for vLLM's `--load-format=dummy`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from ailab.memory.architecture import Architecture
from ailab.memory.models import ARCHITECTURES
from ailab.memory.quantization import FILE_QUANTIZATIONS
from bench.card.gguf_layout import layout

TAGS: Final = {
    "llama3.1:8b-instruct-q4_K_M": "llama-3.1-8b",
    "llama3.1:8b-instruct-q8_0": "llama-3.1-8b",
    "llama3.1:8b-instruct-fp16": "llama-3.1-8b",
    "llama3.1:70b-instruct-q4_K_M": "llama-3.1-70b",
    "deepseek-r1:8b-0528-qwen3-q4_K_M": "deepseek-r1-0528-qwen3-8b",
    "qwen2.5:7b-instruct-q4_K_M": "qwen2.5-7b",
    "qwen2.5:32b-instruct-q4_K_M": "qwen2.5-32b",
    "gemma3:12b-it-q4_K_M": "gemma-3-12b",
    "nomic-embed-text:v1.5": "nomic-embed-text",
}
QWEN3: Final[dict[str, object]] = {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3"}
EXPERTS: Final = {"num_experts_per_tok": 8, "norm_topk_prob": True, "decoder_sparse_step": 1, "mlp_only_layers": []}
SERVED: Final[dict[str, tuple[str, dict[str, object]]]] = {
    "DeepSeek-R1-0528-Qwen3-8B": ("deepseek-r1-0528-qwen3-8b", QWEN3),
    "Llama-3.1-8B": ("llama-3.1-8b", {"architectures": ["LlamaForCausalLM"], "model_type": "llama"}),
    "Qwen2.5-14B": ("qwen2.5-14b", {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2"}),
    "Qwen3-30B-A3B": (
        "qwen3-30b-a3b",
        {"architectures": ["Qwen3MoeForCausalLM"], "model_type": "qwen3_moe", **EXPERTS},
    ),
}
WORDS: Final = 1000
ENDS: Final = ("<unk>", "<s>", "</s>")
THOUGHT: Final = ("<think>", "</think>")  # without these vLLM's parser of thoughts does not start


def write_files(folder: Path) -> None:
    """Write the head of each GGUF file, and `files.json`, which says how long the whole files are."""
    sizes: dict[str, dict[str, object]] = {}
    for tag, architecture in TAGS.items():
        quantization = FILE_QUANTIZATIONS[tag.rpartition("-")[2].lower()] if "nomic" not in tag else None
        made = layout(architecture, ARCHITECTURES[architecture], quantization or FILE_QUANTIZATIONS["f16"])
        name = f"{tag.replace(':', '_')}.head"
        (folder / name).write_bytes(made.head)
        sizes[tag] = {"head": name, "size": made.size}
    (folder / "files.json").write_text(json.dumps(sizes, indent=1), encoding="utf-8")


def write_served(folder: Path) -> None:
    """Write for each model that vLLM serves its `config.json` and a tokenizer of a thousand words."""
    for name, (architecture, more) in SERVED.items():
        place = folder / name
        place.mkdir(parents=True)
        model = ARCHITECTURES[architecture]
        for file, content in (
            ("config.json", _config(model) | more),
            ("tokenizer.json", _tokenizer()),
            ("tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": ENDS[0]}),
        ):
            (place / file).write_text(json.dumps(content), encoding="utf-8")


def _config(model: Architecture) -> dict[str, object]:
    experts = {"num_experts": model.experts, "moe_intermediate_size": model.intermediate} if model.experts > 1 else {}
    return {
        "torch_dtype": "bfloat16",
        "hidden_size": model.hidden,
        "intermediate_size": model.intermediate,
        "num_hidden_layers": model.layers,
        "num_attention_heads": model.heads,
        "num_key_value_heads": model.kv_heads,
        "head_dim": model.head_dim,
        "vocab_size": model.vocab,
        "max_position_embeddings": model.context,
        "tie_word_embeddings": model.tied,
        "rms_norm_eps": 1e-5,
        "rope_theta": 500000.0,
        "hidden_act": "silu",
        "attention_bias": False,
        "bos_token_id": 1,
        "eos_token_id": 2,
        **experts,
    }


def _tokenizer() -> dict[str, object]:
    words = (*ENDS, *(f"w{number}" for number in range(len(ENDS), WORDS)), *THOUGHT)
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    return {
        "version": "1.0",
        "added_tokens": [{"id": words.index(each), "content": each, **plain} for each in THOUGHT],
        "pre_tokenizer": {"type": "Whitespace"},
        "model": {"type": "WordLevel", "vocab": {word: n for n, word in enumerate(words)}, "unk_token": ENDS[0]},
    }
