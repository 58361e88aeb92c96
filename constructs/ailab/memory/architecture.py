"""Architectures: what a model is made of, as its `config.json` says it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """A transformer's numbers. Norms, biases and routers are left out: together they are below 0.1 % of any model.

    Attributes:
        layers: `num_hidden_layers`.
        hidden: `hidden_size`.
        intermediate: `intermediate_size`, of one expert where there are several.
        heads: `num_attention_heads`.
        kv_heads: `num_key_value_heads`.
        head_dim: `head_dim`, which is not always hidden / heads.
        vocab: `vocab_size`.
        context: `max_position_embeddings`, the longest text in tokens.
        tied: `tie_word_embeddings`, whether one matrix serves the first and the last layer.
        experts: `num_local_experts`, all of which are in memory.
        window: `sliding_window`, tokens that a sliding layer looks back.
        full_layers: layers that look back over the whole text; the others slide.
        stretched: `factor` of a linear `rope_scaling`, how much farther apart its positions are than in training.
        latent: values that a layer keeps for a token in place of keys and values (multi-head latent attention).
        block_parameters: those of all layers together, where the numbers above do not give them.
        tower: parameters beside the text model that always have 16 bits: what sees pictures.
        embeds: it turns texts into vectors and cannot chat; nothing is kept between two texts.

    """

    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_dim: int
    vocab: int
    context: int
    tied: bool = False
    experts: int = 1
    window: int | None = None
    full_layers: int | None = None
    stretched: int = 1
    latent: int | None = None
    block_parameters: int | None = None
    tower: int = 0
    embeds: bool = False

    @property
    def embedding(self) -> int:
        """Parameters of the matrix that turns tokens into vectors."""
        return self.vocab * self.hidden

    @property
    def value_projection(self) -> int:
        """Parameters of one layer's projection of values (that of keys has as many)."""
        return self.hidden * self.kv_heads * self.head_dim

    @property
    def attention(self) -> int:
        """Parameters of one layer's attention: queries, keys, values, output."""
        return 2 * self.hidden * self.heads * self.head_dim + 2 * self.value_projection

    @property
    def down_projection(self) -> int:
        """Parameters of one layer's way back from the intermediate size, of all experts; there are two ways up."""
        return self.hidden * self.intermediate * self.experts

    @property
    def blocks(self) -> int:
        """Parameters of all layers."""
        if self.block_parameters is not None:
            return self.block_parameters
        return self.layers * (self.attention + 3 * self.down_projection)

    @property
    def parameters(self) -> int:
        """Parameters of the whole model."""
        return self.blocks + self.embedding * (1 if self.tied else 2) + self.tower

    @property
    def sliding_layers(self) -> int:
        """Layers that look back over a window alone."""
        return self.layers - self.full_layers if self.full_layers is not None else 0
