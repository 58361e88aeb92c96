"""What holds for every lab file, not only for those that somebody thought of."""

from __future__ import annotations

import string
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ailab.spec import LabSpec, SpecError, load
from ailab.spec.lab import Feature
from ailab.spec.models import Role
from ailab.spec.notation import toml
from ailab.spec.parts import TAKEN
from tests.lab_files import VALID

LABELS: Final = st.from_regex(r"[a-z]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
NAMES: Final = LABELS.filter(lambda name: not name.startswith("kube"))  # Kubernetes' own
ALIASES: Final = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
MODEL_NAMES: Final = st.text(string.ascii_letters + string.digits + "./:-", min_size=1, max_size=40)
SIZES: Final = st.builds("{}{}".format, st.integers(1, 4000), st.sampled_from(["Gi", "Ti"]))
ROOMY: Final = st.builds("{}Gi".format, st.integers(16, 4000))  # for any number of models of 8 billion parameters
PROVIDERS: Final = ("anthropic", "openai", "bedrock", "gemini", "azure", "xai", "together_ai")
OF_A_PROVIDER: Final[Mapping[str, Mapping[str, object]]] = {
    "bedrock": {"region": "us-east-1"},
    "azure": {"api_version": "2025-04-01"},
}


@st.composite
def labs(draw: st.DrawFn) -> dict[str, object]:
    """Draw the content of a valid lab file: every alias once, at least one chat model."""
    aliases = draw(st.lists(ALIASES, min_size=2, max_size=8, unique=True))
    chat, *others = aliases
    models = [{"alias": chat, "tag": "llama3.1:8b"}]
    paid: dict[str, dict[str, str]] = {}
    for alias in others:
        provider = draw(st.sampled_from((*PROVIDERS, "ollama")))
        if provider == "ollama":
            models.append({"alias": alias, "tag": "qwen3:8b", "role": draw(st.sampled_from([*Role]))})
        else:
            paid.setdefault(provider, {})[alias] = draw(MODEL_NAMES)
    servers = draw(st.lists(LABELS, max_size=2, unique=True))
    fetches = {f"{server}-fetch" for server in servers}
    without = draw(st.sets(st.sampled_from([*Feature])))
    if Feature.CHAT in without:
        without |= {Feature.SEARCH}
    free = [server for server in servers if server not in {*aliases, *TAKEN, *fetches}]
    return {
        "name": draw(NAMES),
        "tailnet": draw(LABELS),
        "without": sorted(without),
        "web": {"exposure": draw(st.sampled_from(["services", "hosts", "split-dns"]))},
        "postgres": {"volume": draw(SIZES), "max_connections": draw(st.integers(50, 1000))},
        "ollama": {"gpu": draw(st.booleans()), "memory": draw(ROOMY), "models": models},
        "vllm": [{"alias": server, "model": "Qwen/Qwen3-0.6B", "revision": "0" * 40} for server in free],
        "providers": {name: {**OF_A_PROVIDER.get(name, {}), "models": paid[name]} for name in paid},
    }


@given(labs())
def test_a_generated_lab_loads_with_every_alias_once(tmp_path: Path, content: dict[str, object]) -> None:
    file = tmp_path / f"{content['name']}.toml"
    file.write_text("".join(f"{key} = {toml(value)}\n" for key, value in content.items()), encoding="utf-8")
    spec = load(file)
    assert spec == LabSpec.model_validate(content)
    aliases = [alias for _, alias in spec.models()]
    assert len(set(aliases)) == len(aliases)
    assert sorted(aliases) == sorted(spec.aliases(Role.CHAT) + spec.aliases(Role.EMBEDDING))


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
@given(data=st.data())
def test_a_changed_file_loads_or_is_answered_line_by_line(file: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = file.read_bytes()
    start = data.draw(st.integers(0, len(content)))
    end = start + data.draw(st.integers(0, 40))
    changed = tmp_path / file.name
    changed.write_bytes(content[:start] + data.draw(st.binary(max_size=10)) + content[end:])
    for line in _faults(changed):
        assert line.startswith(f"{changed}: ")
        assert "\n" not in line


def _faults(path: Path) -> tuple[str, ...]:
    """Load a file; whatever it raises besides a SpecError fails the test."""
    try:
        load(path)
    except SpecError as error:
        return error.faults
    return ()
