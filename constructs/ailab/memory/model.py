"""A model as an engine loads it: what the plan must know, whether a table or the lab's owner said it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ailab.memory.architecture import Architecture
from ailab.memory.cache import CacheShape
from ailab.memory.quantization import FileQuantization, FileWeights, ServerQuantization, file_weights, server_weights

# Of a model that is described by its five numbers, the rest is taken from the largest that one card holds: more than
# it needs, never less.
_LARGEST_VOCAB: Final = 262_208
_LARGEST_HIDDEN: Final = 8192
_LARGEST_INTERMEDIATE: Final = 32_768


@dataclass(frozen=True, kw_only=True)
class Model:
    """One model, quantized.

    Attributes:
        weights: GiB on each card.
        on_host: GiB of them in the pod's memory in place of the card's.
        file: GiB of the file that llama.cpp reads.
        supposed: values that Ollama supposes a layer to keep of a token, before it has loaded the model.
        cache: what it keeps of a text.
        layers: how many there are.
        heads: heads of queries; cards that share the model divide them.
        hidden: size of a token's vector.
        intermediate: values that a layer has of a token in between.
        vocab: tokens that it knows.
        context: longest text in tokens.
        embeds: it turns texts into vectors and cannot chat.

    """

    weights: float
    cache: CacheShape
    layers: int
    heads: int
    context: int
    hidden: int = _LARGEST_HIDDEN
    intermediate: int = _LARGEST_INTERMEDIATE
    vocab: int = _LARGEST_VOCAB
    on_host: float = 0.0
    file: float = 0.0
    supposed: int = 0
    embeds: bool = False


def on_server(architecture: Architecture, quantization: ServerQuantization, *, gpus: int = 1) -> Model:
    """Make the model that vLLM loads onto each of `gpus` cards."""
    weights = server_weights(architecture, quantization, gpus=gpus)
    return _model(architecture, FileWeights(gpu=weights, host=0.0))


def in_file(architecture: Architecture, quantization: FileQuantization) -> Model:
    """Make the model that llama.cpp loads from a GGUF file."""
    return _model(architecture, file_weights(architecture, quantization))


def described(*, weights: float, layers: int, kv_heads: int, head_dim: int, context: int) -> Model:
    """Make the model of five numbers; `weights` are GiB on one card.

    Raises:
        ValueError: a number is not above zero.

    """
    if min(weights, layers, kv_heads, head_dim, context) <= 0:
        message = "all five numbers of a model must be above zero"
        raise ValueError(message)
    cache = CacheShape(full=layers, heads=kv_heads, head_dim=head_dim)
    return Model(
        weights=weights,
        file=weights,
        supposed=2 * kv_heads * head_dim,
        cache=cache,
        layers=layers,
        heads=kv_heads,
        context=context,
    )


def _model(architecture: Architecture, weights: FileWeights) -> Model:
    keeps = 0 if architecture.embeds else architecture.layers - architecture.sliding_layers
    return Model(
        weights=weights.gpu,
        on_host=weights.host,
        file=weights.gpu + (0.0 if architecture.tied else weights.host),
        # Ollama goes by hidden / heads, whatever a head's real size.
        supposed=2 * architecture.kv_heads * (architecture.hidden // architecture.heads),
        cache=CacheShape(
            full=keeps,
            sliding=architecture.sliding_layers,
            window=architecture.window or 0,
            heads=architecture.kv_heads,
            head_dim=architecture.head_dim,
            latent=architecture.latent,
        ),
        layers=architecture.layers,
        heads=architecture.heads,
        hidden=architecture.hidden,
        # Several experts answer for each token: together about what a layer of one has.
        intermediate=max(architecture.intermediate, 4 * architecture.hidden if architecture.experts > 1 else 0),
        vocab=architecture.vocab,
        context=architecture.context,
        embeds=architecture.embeds,
    )
