"""Runs whose logs were published: what the arithmetic is held against."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tests.memory.run import Run

VLLM: Final = "https://github.com/vllm-project/vllm"
LLM_D: Final = "https://github.com/llm-d/llm-d-benchmark/blob/main/config_explorer/empirical-vllm-memory-results.md"
LMCACHE: Final = "https://github.com/LMCache/LMCache/blob/dev/docs/source/getting_started/faq.rst"


def _found(words: str) -> str:
    """Name a log by words of its own: the search that showed it, in files of public repositories, tells no address."""
    return f'a public log that says "{words}"'


# The card of llm-d's benchmarks: vLLM 0.11 with its own choice of batch and requests.
H100: Final = Run(model="", source=LLM_D, card=79.18, share=0.9, context=16000, batch=8192, parallel=1024)


RUNS: Final = (
    Run(
        model="meta-llama/Meta-Llama-3-8B",
        source=f"{VLLM}/pull/10511",
        weights=14.96,
        card=79.22,
        share=0.9,
        cache=53.29,
        context=8192,
        batch=8192,
    ),
    Run(model="meta-llama/Meta-Llama-3-8B", source=f"{VLLM}/pull/10511 on two cards", weights=7.48, gpus=2),
    Run(
        model="meta-llama/Llama-3.1-8B-Instruct",
        source=f"{VLLM}/issues/10517 with 20,000 tokens",
        weights=14.9888,
        card=23.58,
        share=0.9,
        cache=3.81,
        tokens=1952 * 16,
        context=20000,
        batch=20000,  # it read whole texts at once
    ),
    Run(
        model="meta-llama/Llama-3.1-8B-Instruct",
        source=f"{VLLM}/issues/10517 with 29,000 tokens",
        weights=14.9888,
        card=23.58,
        share=0.9,
        cache=2.89,
        tokens=1478 * 16,
        context=29000,
        batch=29000,
        started=False,
    ),
    Run(
        model="meta-llama/Llama-3.1-8B-Instruct",
        source=_found("GPU KV cache size: 157,936 tokens"),
        weights=14.99,
        cache=19.28,
        tokens=157_936,
    ),
    Run(
        model="meta-llama/Llama-3.1-8B", source=_found("GPU KV cache size: 216,512 tokens"), cache=26.43, tokens=216_512
    ),
    Run(
        model="Qwen/Qwen3-8B",
        source=_found("GPU KV cache size: 216,704 tokens"),
        weights=15.27,
        cache=29.76,
        tokens=216_704,
        context=40960,
    ),
    Run(
        model="Qwen/Qwen3-8B",
        source=_found("GPU KV cache size: 89,040 tokens"),
        card=31.36,
        share=0.92,
        cache=89_040 * 144 / 1024**2,  # it names the tokens alone
        tokens=89_040,
        context=40960,
    ),
    Run(
        model="Qwen/Qwen3-8B",
        source="https://github.com/LMCache/LMCache/issues/3430",
        cache=6.37,
        tokens=46_368,
        context=16384,
    ),
    Run(
        model="Qwen/Qwen3-8B-FP8",
        source=_found("Current kv cache memory in use is 9232221491 bytes"),
        weights=8.8,
        card=23.53,
        share=0.8,
        cache=9_232_221_491 / 1024**3,
        context=1024,
    ),
    Run(
        model="Qwen/Qwen3-14B",
        source=_found("GPU KV cache size: 75,824 tokens"),
        weights=27.52,
        cache=11.57,
        tokens=75_824,
        context=40960,
    ),
    Run(model="Qwen/Qwen3-1.7B", source=f"{VLLM}/issues/33263", cache=18.78, tokens=175_856, context=1024),
    Run(model="Qwen/Qwen3-30B-A3B", source=f"{VLLM}/issues/17327", weights=14.2474, gpus=4),
    Run(
        model="Qwen/Qwen2.5-14B-Instruct",
        source=_found("Model loading took 27.57 GiB memory and 18.831210 seconds"),
        weights=27.57,
    ),
    Run(
        model="Qwen/Qwen2.5-32B-Instruct",
        source=f"{VLLM}/issues/16301",
        weights=61.0374,
    ),
    Run(
        model="Qwen/Qwen2.5-7B-Instruct-AWQ",
        source=f"{VLLM}/issues/13882",
        weights=5.2032,
        card=8.0,
        share=0.7,
        cache=-1.05,
        context=4096,
        started=False,
    ),
    Run(
        model="openai/gpt-oss-20b",
        source="https://myoceane.fr/index.php/ai-vllm-a100-gemma-4/",
        weights=13.72,
        card=79.25,
        share=0.65,
        cache=36.56,
    ),
    Run(
        model="openai/gpt-oss-120b",
        source=f"{VLLM}/issues/23278",
        weights=65.9651,
        card=79.22,
        share=0.9,
        cache=-2.14,
        batch=8192,
        parallel=1024,
        started=False,
    ),
    Run(
        model="openai/gpt-oss-120b",
        source=f"{VLLM}/issues/27508",
        card=79.22,
        share=0.95,
        cache=1.71,
        batch=1024,
        parallel=1024,
        started=False,
    ),
    # On Hopper vLLM takes another kernel, which rounds one size up and not both: the plan says more than it takes.
    Run(model="openai/gpt-oss-120b", source=f"{VLLM}/issues/33155", weights=64.38, near=0.025),
    Run(model="openai/gpt-oss-120b", source=f"{LLM_D}: gpt-oss-120b", weights=64.38, near=0.025),
    replace(H100, model="openai/gpt-oss-20b", source=f"{LLM_D}: gpt-oss-20b", weights=13.47, near=0.02, cache=50.28),
    replace(
        H100, model="meta-llama/Llama-3.1-8B-Instruct", source=f"{LLM_D}: Llama-3.1-8B", weights=14.99, cache=51.38
    ),
    replace(
        H100,
        model="RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic",
        source=f"{LLM_D}: TP=2",
        weights=33.88,
        cache=32.0,
        gpus=2,
    ),
    replace(
        H100,
        model="RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic",
        source=f"{LLM_D}: TP=1",
        weights=67.72,
        cache=-1.44,
        started=False,
    ),
    replace(H100, model="Qwen/Qwen3-0.6B", source=f"{LLM_D}: Qwen3-0.6B", weights=1.12, cache=64.45),
    replace(H100, model="Qwen/Qwen3-32B", source=f"{LLM_D}: Qwen3-32B", weights=61.03, cache=4.45),
    replace(
        H100,
        model="Qwen/Qwen3-32B",
        source=f"{LLM_D}: Qwen3-32B with 32,000 tokens",
        weights=61.03,
        context=32000,
        started=False,
    ),
    replace(H100, model="Qwen/Qwen3-32B", source=f"{LLM_D}: Qwen3-32B, TP=2", weights=30.59, cache=34.49, gpus=2),
    # Its successor, which sees; the part that reads and writes is the same, and so is what it keeps.
    Run(
        model="mistralai/Mistral-Small-24B-Instruct-2501",
        source=f"{LLM_D}: Mistral-Small-3.2-24B",
        cache=28.20,
        tokens=184_832,
        context=16000,
    ),
    Run(model="Qwen/Qwen3-8B", source=f"{LMCACHE}: Qwen3-8B", cache=50.32, tokens=366_400, context=40960),
    Run(model="Qwen/Qwen3-32B", source=f"{LMCACHE}: Qwen3-32B", cache=33.66, tokens=275_760, context=40960, gpus=2),
    Run(model="meta-llama/Llama-3.1-70B", source=f"{LMCACHE}: Llama-3.1-70B", cache=32.06, tokens=420_208, gpus=4),
    Run(
        model="meta-llama/Meta-Llama-3-8B",
        source=f"{VLLM}/issues/12330",
        weights=14.9595,
        cache=11.12,
        tokens=5691 * 16,
        context=8192,
    ),
    Run(model="deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B", source=f"{VLLM}/issues/12529", weights=3.3414),
    Run(
        model="Qwen/Qwen2.5-7B-Instruct",
        source=_found("GPU KV cache size: 597,776 tokens"),
        weights=14.25,
        cache=31.92,
        tokens=597_776,
        context=16384,
    ),
    Run(
        model="Qwen/Qwen2.5-7B-Instruct",
        source=_found("GPU KV cache size: 245,360 tokens"),
        weights=14.25,
        cache=13.1,
        tokens=245_360,
        context=32768,
    ),
    Run(
        model="Qwen/Qwen3-4B-Thinking-2507",
        source=_found("Model loading took 7.61 GiB memory and 8.219576 seconds"),
        weights=7.61,
    ),
    Run(model="google/gemma-3-1b-it", source=f"{VLLM}/issues/14696", weights=1.9134),
    Run(model="google/gemma-3-27b-it", source=f"{VLLM}/issues/16378", weights=13.1664, gpus=4),
    Run(model="google/gemma-3-27b-it", source=f"{VLLM}/issues/15676", weights=13.1665, gpus=4),
    Run(
        model="deepseek-ai/DeepSeek-R1-Distill-Qwen-14B",
        source=f"{VLLM}/issues/13061",
        weights=13.9476,
        card=23.65,
        share=0.98,
        gpus=2,
        started=False,
    ),
    Run(
        model="Qwen/Qwen3-8B",
        source=_found("Model loading took 15.27 GiB memory and 250.46 seconds"),
        card=15.6,
        share=0.9,
        context=2048,
        started=False,
    ),
)
