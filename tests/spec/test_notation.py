"""Values and paths as TOML writes them."""

from __future__ import annotations

import datetime as dt
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ailab.spec.notation import path_of, shown, toml

# Control characters are left out: TOML and JSON escape one of them, DEL, differently, and no file has it.
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
SCALARS = st.booleans() | st.integers() | TEXTS | st.dates()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=8)


@given(VALUES)
def test_what_is_written_reads_back_as_the_same_value(value: object) -> None:
    assert tomllib.loads(f"value = {toml(value)}")["value"] == value


def test_a_value_is_shown_as_its_owner_wrote_it() -> None:
    value = {"gpu": True, "share": 0.5, "since": dt.date(2026, 11, 25), "models": [{}], "a b": "é\n"}
    assert shown(value) == '{ gpu = true, share = 0.5, since = 2026-11-25, models = [{}], "a b" = "é\\n" }'


def test_a_long_value_is_cut_to_a_line() -> None:
    assert shown("x" * 100) == '"' + "x" * 76 + "..."


@pytest.mark.parametrize(
    ("location", "path"),
    [
        (("ollama", "models", 0, "tag"), "ollama.models[0].tag"),
        (("providers", "openai", "models", "gpt-6.1"), 'providers.openai.models."gpt-6.1"'),
        (("providers", "openai", "models", "a/b", "[key]"), 'providers.openai.models."a/b"'),
        (("a b",), '"a b"'),
        ((), ""),
    ],
)
def test_a_path_is_written_as_toml_would(location: tuple[int | str, ...], path: str) -> None:
    assert path_of(location) == path
