"""What PyTorch keeps of a request beyond what was asked for."""

from __future__ import annotations

import pytest

from ailab.memory import server_model
from ailab.memory.allocator import MIB, kept


@pytest.mark.parametrize(
    ("asked", "taken"),
    [
        (10.0, 10.0),
        (9.5, 9.5),  # of a larger piece, whose rest others get
        (67.5, 68.0),  # the way down of Qwen2.5 14B on two cards
        (35.0, 36.0),
        (34.5, 34.5),  # 1.5 are left over, which become a piece of their own
        (36.0, 36.0),
    ],
)
def test_what_is_left_over_is_kept_where_it_is_one_mebibyte_at_most(asked: float, taken: float) -> None:
    assert kept(asked * MIB) == taken * MIB


def test_a_model_takes_what_is_left_over_of_each_of_its_matrices() -> None:
    """On two cards 1 + 1 + 1 + 0.5 MiB in each of 48 layers; on one card 1 MiB, of the way down."""
    parameters = 14.770e9
    for gpus, of_layer in ((1, 1.0), (2, 3.5)):
        model = server_model("Qwen/Qwen2.5-14B-Instruct", gpus=gpus)
        assert model is not None
        matrices = parameters * 2 / gpus / 1024**3
        rotations = 32768 * 128 * 2 / 1024**3
        assert model.weights - matrices - rotations == pytest.approx(48 * of_layer / 1024, abs=0.003)


def test_the_table_of_rotations_is_as_long_as_the_positions_are_stretched() -> None:
    """`LinearScalingRotaryEmbedding`: eight times 131,072 positions of 256 values, and those of the sliding layers."""
    model = server_model("google/gemma-3-12b-it")
    assert model is not None
    matrices = 12.187e9 * 2 / 1024**3
    assert model.weights - matrices == pytest.approx((8 + 1) * 131072 * 256 * 2 / 1024**3, abs=0.05)
