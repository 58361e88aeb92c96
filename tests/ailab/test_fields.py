"""No field of a lab file is decoration: another value makes other manifests, another host or another droplet."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, get_origin

import pytest
from pydantic import BaseModel

from ailab import Lab
from ailab.host_facts import HostFacts
from ailab.manifest import Manifest
from ailab.spec import LabSpec
from ailab.spec.fields import keys, table_in
from infra.cloud.identity import Identity
from infra.cloud.wanted import Goal, Wanted
from infra.errors import LabError
from tests.lab_files import valid

Place = tuple[int | str, ...]

# A file with a table for everything that a lab can make, one for what it finds, and two for what excludes that.
MADE: Final = valid("every-provider-and-both-engines")
FOUND: Final = valid("what-the-cluster-has")
DESCRIBED: Final = valid("models-of-five-numbers")
TOGETHER: Final = valid("one-model-on-eight-gpus")
OTHERS: Final[Mapping[str, object]] = {
    "name": "another",
    "tailnet": "tail9z8y7x",
    "namespace": "another-lab",
    "host.ssh_keys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJCkJj0j++1CLsLyrtAmzc2f9MHFOWlLoNLBmB+o/nKh me@laptop"],
    "host.name_servers": ["9.9.9.9"],
    "droplet.sizes": ["gpu-h100x1-80gb"],
    "droplet.region": "nyc2",
    "droplet.image": "ubuntu-26-04-x64",
    "droplet.volume": "301Gi",
    "droplet.direct_tailscale": True,
    "without": ["graph"],
    "web.exposure": "hosts",
    "web.cluster_ip": "10.43.0.81",
    "web.existing.class": "nginx",
    "web.existing.namespace": "ingress-nginx",
    "cluster.pod_network": "10.44.0.0/16",
    "cluster.service_network": "10.43.0.0/20",
    "cluster.api_port": 443,
    "cluster.platform": "existing",
    "storage.class": "local-path",
    "postgres.volume": "21Gi",
    "postgres.memory": "3Gi",
    "postgres.max_connections": 300,
    "postgres.existing.network": "10.20.0.6/32",
    "postgres.existing.port": 25060,
    "gateway.memory": "3Gi",
    "gateway.keep_requests": "7d",
    "gateway.fallbacks": {"llama3.1": ["claude-haiku"]},
    "chat.admin_email": "me@example.org",
    "chat.volume": "11Gi",
    "chat.memory": "4Gi",
    "backup.volume": "21Gi",
    "backup.class": "another-disk",
    "backup.keep_days": 15,
    "observability.phoenix.keep_days": 31,
    "observability.phoenix.memory": "3Gi",
    "observability.prometheus.volume": "21Gi",
    "observability.prometheus.keep": "16d",
    "observability.prometheus.memory": "3Gi",
    "observability.grafana.volume": "3Gi",
    "observability.grafana.memory": "2Gi",
    "observability.alerts.ntfy": "https://ntfy.sh",
    "observability.alerts.idle_hours": 0,
    "search.memory": "2Gi",
    "graph.volume": "21Gi",
    "graph.memory": "4Gi",
    "graph.heap": "1280Mi",
    "graph.page_cache": "768Mi",
    "gpu.card": "h100",
    "gpu.memory": 61.0,
    "gpu.count": 2,
    "ollama.models.0.alias": "another",
    "ollama.models.0.tag": "qwen3:8b",
    "ollama.models.0.role": "embedding",
    "ollama.parallel": 2,
    "ollama.loaded_models": 1,
    "ollama.kv_cache": "q8_0",
    "ollama.gpu": False,
    "ollama.context_length": 4096,
    "ollama.memory": "9Gi",
    "ollama.volume": "61Gi",
    "vllm.0.alias": "another",
    "vllm.0.model": "a-mirror/DeepSeek-R1-0528-Qwen3-8B",
    "vllm.0.revision": "0123456789abcdef0123456789abcdef01234567",
    "vllm.0.reasoning_parser": "deepseek_r1",
    "vllm.0.context_length": 16384,
    "vllm.0.gpu_memory_share": 0.5,
    "vllm.0.parallel": 16,
    "vllm.0.kv_cache": "fp8",
    "vllm.0.gpus": 4,
    **{
        f"{model}.shape.{number}": value
        for model in ("ollama.models.0", "vllm.0")
        for number, value in {
            "weights": 9.5,
            "layers": 48,
            "kv_heads": 4,
            "head_dim": 64,
            "context": 4096 if "ollama" in model else 32768,
        }.items()
    },
    "vllm.0.memory": "17Gi",
    "vllm.0.volume": "41Gi",
    **{
        f"providers.{name}.models": {"another": "another-model"}
        for name in ("anthropic", "openai", "bedrock", "gemini", "azure", "xai", "together_ai")
    },
    "providers.bedrock.region": "us-east-1",
    "providers.azure.api_version": "2024-10-21",
}
# The spec alone reads it: no server may have a longer context.
ONLY_CHECKED: Final = {"vllm.0.shape.context"}


def _leaves(model: type[BaseModel], place: Place = ()) -> Iterator[Place]:
    """Walk to every field that holds a value; of a list of tables, the first stands for all."""
    for key, field in keys(model).items():
        if table := table_in(field.annotation):
            several = get_origin(field.annotation) is tuple
            yield from _leaves(table, (*place, key, 0) if several else (*place, key))
        else:
            yield (*place, key)


LEAVES: Final = {".".join(map(str, place)): place for place in _leaves(LabSpec)}


def _content(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _with(file: Path, place: Place, value: object) -> dict[str, Any]:
    content = _content(file)
    table: Any = content
    for step in place[:-1]:
        table = table[step] if isinstance(step, int) else table.setdefault(step, {})
    table[place[-1]] = value
    return content


@dataclass(frozen=True)
class Made:
    """All that is made of a lab file.

    Attributes:
        objects: as their constructs make them: what becomes of them as YAML is no question of these tests.
        host: what NixOS is told.
        rented: what DigitalOcean is asked for; nothing where no droplet has the lab's card.

    """

    objects: Sequence[Mapping[str, object]]
    host: HostFacts
    rented: Wanted | None


def _made(content: Mapping[str, Any]) -> Made:
    spec = LabSpec.model_validate(content)
    lab = Lab(spec, Path("written-by-nobody"))
    objects = [item.to_json() for item in lab.node.find_all() if isinstance(item, Manifest)]
    rented = None
    with suppress(LabError):
        rented = Wanted.of(spec, Identity("one-for-all", "0" * 32), Goal.RUNNING)
    return Made(objects, HostFacts.of(spec), rented)


@cache
def _usual(file: Path) -> Made:
    return _made(_content(file))


def _file(name: str) -> Path:
    """Choose the file in which another value of a field stands with all others unchanged."""
    if ".existing." in name:
        return FOUND
    if name == "vllm.0.gpus":
        return TOGETHER
    return DESCRIBED if ".shape." in name or name == "gpu.memory" else MADE


def test_every_field_has_another_value_here() -> None:
    assert OTHERS.keys() == LEAVES.keys()


@pytest.mark.parametrize("name", LEAVES)
def test_another_value_changes_what_is_made(name: str) -> None:
    file = _file(name)
    changed = _made(_with(file, LEAVES[name], OTHERS[name]))
    assert (changed == _usual(file)) == (name in ONLY_CHECKED)
