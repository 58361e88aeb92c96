"""docs/card.json: what the engines took of a real card, as `python -m bench.card.digest` wrote it down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from infra.labs import ROOT

FILE: Final = ROOT / "docs" / "card.json"


@dataclass(frozen=True, kw_only=True)
class File:
    """A model of Ollama on a card, in MiB: what its log says, and its program as the driver sees it."""

    case: str
    tag: str
    context: int
    parallel: int
    kv_cache: str
    weights: float
    cache: float
    work: float
    exchanged: float
    program_mib: int


@dataclass(frozen=True, kw_only=True)
class Server:
    """A vLLM server on a card, in GiB: what its log says, and its program as the driver last saw it.

    `asked` says whether it had answered something by then.
    """

    case: str
    model: str
    arguments: list[str]
    weights: float
    cache: float
    tokens: int
    graphs: float
    program_gib: float
    asked: bool


@dataclass(frozen=True, kw_only=True)
class Together:
    """All that a lab runs on a card: the most MiB seen after a step, and how many models were whole on it at last."""

    case: str
    most_mib: int
    whole: int


@dataclass(frozen=True, kw_only=True)
class Record:
    """All that was measured on one card; `machine` says where and with what."""

    machine: Mapping[str, str]
    files: tuple[File, ...]
    servers: tuple[Server, ...]
    together: tuple[Together, ...]


def read() -> Record:
    """Read the record."""
    found = json.loads(FILE.read_text(encoding="utf-8"))
    return Record(
        machine=found["machine"],
        files=tuple(File(**each) for each in found["files"]),
        servers=tuple(Server(**each) for each in found["servers"]),
        together=tuple(Together(**each) for each in found["together"]),
    )
