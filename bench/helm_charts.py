"""Helm charts of the same objects, so that Helm does the same work: public charts would make other objects.

Each is what a person would write for one part of the lab: the manifests, with the names, images and sizes that differ
from lab to lab as values. What Helm's own templates would mistake for its own (`{{`) is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml

# What a chart makes a value: a key of the manifest and the value that follows it on the line.
_VALUE: Final = re.compile(
    r"^(?P<before>\s*(?:- )?(?P<key>image|cpu|memory|storage|namespace): )(?P<value>\S+)$", re.MULTILINE
)
_OPENING: Final = "{{"


def charts(lab: Path, folder: Path) -> Iterator[Path]:
    """Write a chart for each file of manifests in `lab`; gives their folders."""
    for file in sorted(lab.glob("*.yaml")):
        chart = folder / file.stem
        _write(chart, {"apiVersion": "v2", "name": file.stem, "version": "0.1.0"}, file.read_text(encoding="utf-8"))
        yield chart


def whole_chart(lab: Path, folder: Path) -> Path:
    """Write one chart of all manifests in `lab`; gives its folder."""
    text = "\n---\n".join(file.read_text(encoding="utf-8") for file in sorted(lab.glob("*.yaml")))
    _write(folder, {"apiVersion": "v2", "name": "lab", "version": "0.1.0"}, text)
    return folder


def _write(chart: Path, about: dict[str, str], manifests: str) -> None:
    values: dict[str, str] = {}

    def value(found: re.Match[str]) -> str:
        name = f"{found['key']}{len(values)}"
        values[name] = found["value"].strip("\"'")
        return f"{found['before']}{_OPENING} .Values.{name} | quote }}}}"

    escaped = manifests.replace(_OPENING, f'{_OPENING} "{_OPENING}" }}}}')
    (chart / "templates").mkdir(parents=True)
    (chart / "templates" / "all.yaml").write_text(_VALUE.sub(value, escaped), encoding="utf-8")
    (chart / "Chart.yaml").write_text(yaml.safe_dump(about), encoding="utf-8")
    (chart / "values.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
