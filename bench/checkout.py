"""A copy of this checkout with as many labs as wanted."""

from __future__ import annotations

import shutil
from pathlib import Path

from infra import process
from infra.labs import ROOT

LAB = "gpu-lab"


def checkout(folder: Path, labs: int) -> Path:
    """Copy what `./lab synth` needs into `folder`, with `labs` labs that differ by name, namespace and address."""
    for name in ("constructs", "imports", "infra", "main.py", "pyproject.toml"):
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    (folder / "labs").mkdir()
    text = (ROOT / "labs" / f"{LAB}.toml").read_text(encoding="utf-8")
    for number in range(labs):
        name = f"lab-{number}"
        own = f'namespace = "{name}"\nweb.cluster_ip = "10.43.1.{number + 1}"\n'
        lab = text.replace(f'"{LAB}"', f'"{name}"', 1)
        first, rest = lab.split("\n\n", 1)
        (folder / "labs" / f"{name}.toml").write_text(f"{first}\n{own}\n{rest}", encoding="utf-8")
    return folder


def helm(binary: Path) -> str:
    """Return Helm's version, as it says it."""
    return process.run((binary, "version", "--short"), timeout=60).stdout.strip()
