"""`./lab model add`: five numbers out of a model's own files, and one line about a file that does not say them."""

from __future__ import annotations

import io
import json
import os
import tomllib
from array import array
from pathlib import Path

import click
import pytest

from ailab.memory import described, server_model
from ailab.spec.models import ModelShape
from infra import gguf_header
from infra.cli import lab
from infra.errors import LabError
from infra.model_files import shape_of
from testnode.internet.gguf import Tensor, Value, encode
from testnode.internet.tiny_model import chat_model

# As https://huggingface.co/deepseek-ai/DeepSeek-R1-0528-Qwen3-8B has them.
CONFIG: dict[str, object] = {
    "hidden_size": 4096,
    "num_hidden_layers": 36,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "max_position_embeddings": 131072,
}
SIZE = 16_381_470_720


def _folder(folder: Path, config: object = CONFIG, size: int | None = SIZE) -> Path:
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    if size is not None:
        index = {"metadata": {"total_size": size}, "weight_map": {}}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    return folder


def _add(capsys: pytest.CaptureFixture[str], *words: str) -> ModelShape:
    """Run the command, and read what it prints as the lab file would."""
    lab.main(["model", "add", *words], standalone_mode=False)
    return ModelShape.model_validate(tomllib.loads(capsys.readouterr().out)["shape"])


def test_a_repository_is_described_by_its_configuration_and_its_index(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = ModelShape(weights=15.3, layers=36, kv_heads=8, head_dim=128, context=131072)
    assert _add(capsys, str(_folder(tmp_path))) == expected
    assert _add(capsys, str(tmp_path / "config.json")) == expected


def test_a_described_model_takes_what_the_table_says_of_the_same(tmp_path: Path) -> None:
    shape, known = shape_of(_folder(tmp_path), None), server_model("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B")
    assert known is not None
    model = described(**shape.model_dump())
    assert model.cache == known.cache
    assert model.weights == pytest.approx(known.weights, abs=0.1)


def test_the_weights_are_those_of_the_files_where_there_is_no_index(tmp_path: Path) -> None:
    _folder(tmp_path, size=None)
    for number in (1, 2):
        with (tmp_path / f"model-{number}.safetensors").open("wb") as file:
            file.truncate(3 * 1024**3)
    assert shape_of(tmp_path, None).weights == 6.0


def test_the_weights_are_those_that_are_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _add(capsys, str(_folder(tmp_path, size=None)), "--weights", "8.44").weights == 8.5  # never less


def test_older_configurations_leave_out_what_follows_from_the_rest(tmp_path: Path) -> None:
    old = {key: value for key, value in CONFIG.items() if key not in {"num_key_value_heads", "head_dim"}}
    shape = shape_of(_folder(tmp_path, old | {"head_dim": None}), None)
    assert (shape.kv_heads, shape.head_dim) == (32, 128)


def test_a_model_that_sees_is_described_by_its_text_model(tmp_path: Path) -> None:
    assert shape_of(_folder(tmp_path, {"text_config": CONFIG, "vision_config": {}}), None).layers == 36


def test_a_compressed_vector_counts_as_one_head_of_half_its_size(tmp_path: Path) -> None:
    shape = shape_of(_folder(tmp_path, CONFIG | {"kv_lora_rank": 512, "qk_rope_head_dim": 64}), None)
    assert 2 * shape.kv_heads * shape.head_dim == 576


def test_a_gguf_file_is_described_by_its_header(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tiny.gguf").write_bytes(chat_model("hello"))
    shape = _add(capsys, str(tmp_path / "tiny.gguf"))
    assert shape == ModelShape(weights=0.1, layers=1, kv_heads=4, head_dim=32, context=8192)


def test_the_header_alone_says_what_the_weights_take() -> None:
    whole = chat_model("hello")
    header = gguf_header.read(io.BytesIO(whole))
    assert header.sizes["blk.0.ffn_gate.weight"] == 4 * 128 * 32
    assert header.facts["general.architecture"] == "llama"
    end = whole.rindex(b"output.weight") + 100
    assert gguf_header.read(io.BytesIO(whole[:end])) == header


FACTS: dict[str, Value] = {
    "general.architecture": "llama",
    "llama.block_count": 1,
    "llama.embedding_length": 4096,
    "llama.attention.head_count": 32,
    "llama.attention.head_count_kv": (4, 8),  # one for each layer; the largest counts
    "llama.context_length": 64,
}
# A header says how large a matrix is; the file need not have it.
FIRST = Tensor((4096, 131072), array("f"))  # 2 GiB
LAST = Tensor((4096, 65536), array("f"))  # 1 GiB


@pytest.mark.parametrize(
    ("matrices", "weights"),
    [({"token_embd.weight": FIRST}, 2.0), ({"token_embd.weight": FIRST, "output.weight": LAST}, 1.0)],
    ids=["one for both ends", "one for each end"],
)
def test_the_first_matrix_stays_on_the_host_unless_it_is_the_last_too(
    matrices: dict[str, Tensor], weights: float, tmp_path: Path
) -> None:
    (tmp_path / "model.gguf").write_bytes(encode(FACTS, matrices))
    shape = shape_of(tmp_path / "model.gguf", None)
    assert shape == ModelShape(weights=weights, layers=1, kv_heads=8, head_dim=128, context=64)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("model.gguf", b"PK\x03\x04", "does not begin as a GGUF file"),
        ("model.gguf", b"GGUF\x01\x00\x00\x00", "is of version 1 of GGUF; 2 and 3 are known"),
        ("model.gguf", chat_model("hello")[:2000], "ends before its header does"),
        (
            "model.gguf",
            b"GGUF\x03\x00\x00\x00" + b"\xff" * 16,
            "has a list of 18446744073709551615 items in its header",
        ),
        ("config.json", b"{}", "does not say num_attention_heads"),
        ("config.json", b"[]", "is no table of facts about a model"),
        ("config.json", b"", "is no JSON: Expecting value (line 1)"),
        ("config.json", b"\xff\xfe{", "is not UTF-8"),
        ("config.json", json.dumps(CONFIG).encode(), "no weights and no model.safetensors.index.json are beside it"),
    ],
)
def test_a_file_that_does_not_say_it_is_told_in_one_line(
    name: str, content: bytes, message: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(LabError) as caught:
        shape_of(file, None)
    assert str(caught.value).startswith(f"{file}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("num_hidden_layers", 0, "says num_hidden_layers = 0, which is no whole number above zero"),
        ("num_hidden_layers", -36, "says num_hidden_layers = -36, which is no whole number above zero"),
        ("num_attention_heads", 0, "says num_attention_heads = 0, which is no whole number above zero"),
        ("num_hidden_layers", "36", "says num_hidden_layers = '36', which is no whole number above zero"),
        ("head_dim", 128.5, "says head_dim = 128.5, which is no whole number above zero"),
        ("max_position_embeddings", None, "does not say max_position_embeddings"),
        ("num_attention_heads", True, "says num_attention_heads = True, which is no whole number above zero"),
        ("kv_lora_rank", "512", "says kv_lora_rank = '512', which is no whole number above zero"),
        ("text_config", 5, "is no table of facts about a model"),
        ("num_hidden_layers", 5000, "no model of today has such numbers: layers = 5000"),
    ],
)
def test_a_number_that_no_model_can_have_is_told_in_one_line(
    name: str, value: object, message: str, tmp_path: Path
) -> None:
    folder = _folder(tmp_path, CONFIG | {name: value})
    with pytest.raises(LabError) as caught:
        shape_of(folder, None)
    assert str(caught.value) == f"{folder / 'config.json'}: {message}"


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("{", "is no JSON: Expecting property name enclosed in double quotes (line 1)"),
        ('{"metadata": 5}', "is no table of facts about a model"),
        ("{}", "does not say total_size"),
        ('{"metadata": {"total_size": -5}}', "says total_size = -5, which is no whole number above zero"),
    ],
)
def test_an_index_that_says_no_size_is_told_by_its_name(index: str, message: str, tmp_path: Path) -> None:
    (_folder(tmp_path) / "model.safetensors.index.json").write_text(index, encoding="utf-8")
    with pytest.raises(LabError) as caught:
        shape_of(tmp_path, None)
    expected = f"{tmp_path / 'config.json'}: model.safetensors.index.json, which is beside it, {message}"
    assert str(caught.value) == expected


@pytest.mark.parametrize("size", ["0", "-1", "inf", "nan", "much"])
def test_a_size_that_is_none_is_refused(size: str, tmp_path: Path) -> None:
    with pytest.raises(click.BadParameter):
        lab.main(["model", "add", str(_folder(tmp_path)), "--weights", size], standalone_mode=False)


def test_a_gguf_file_that_does_not_say_its_kind_is_told(tmp_path: Path) -> None:
    facts = {name: value for name, value in FACTS.items() if name != "general.architecture"}
    (tmp_path / "model.gguf").write_bytes(encode(facts, {"token_embd.weight": FIRST}))
    with pytest.raises(LabError, match=r"model\.gguf: does not say general\.architecture$"):
        shape_of(tmp_path / "model.gguf", None)


def test_a_gguf_file_without_heads_is_told(tmp_path: Path) -> None:
    facts = FACTS | {"llama.attention.head_count": 0}
    (tmp_path / "model.gguf").write_bytes(encode(facts, {"token_embd.weight": FIRST}))
    with pytest.raises(LabError, match=r"says llama\.attention\.head_count = 0, which is no whole number above zero"):
        shape_of(tmp_path / "model.gguf", None)


def test_what_never_ends_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.gguf")
    with pytest.raises(LabError, match=r"model\.gguf: is no file"):
        shape_of(tmp_path / "model.gguf", None)


def test_an_absent_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"lost\.gguf: cannot be read \(No such file or directory\)"):
        shape_of(tmp_path / "lost.gguf", None)
