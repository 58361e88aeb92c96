"""What the virtual machine of nixos/tests is given: the host facts and the manifests of the lab without a GPU.

`python -m tests.examples.virtual_machine` writes both anew.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ailab import Lab
from ailab.host_facts import HostFacts
from ailab.spec import load
from infra.labs import ROOT
from infra.shipping.manifests import joined

EXAMPLE: Final = ROOT / "examples" / "cpu-only.toml"
FOLDER: Final = ROOT / "nixos" / "tests" / EXAMPLE.stem
MADE: Final = b"examples/cpu-only.toml by tests/examples/virtual_machine.py"


def files() -> dict[Path, bytes]:
    """Make them, as `./lab synth` and `./lab up` would."""
    spec = load(EXAMPLE)
    with TemporaryDirectory() as folder:
        Lab(spec, Path(folder)).synth()
        manifests = joined(Path(folder)).replace(b"labs/cpu-only.toml by ./lab synth", MADE)
    return {FOLDER / "host.json": HostFacts.of(spec).json().encode(), FOLDER / "manifests.yaml": manifests}


def _write() -> None:
    for file, content in files().items():
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)


if __name__ == "__main__":
    _write()
