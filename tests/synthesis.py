"""The manifests of lab files, as the tests read them: a file is synthesized once, however many tests ask."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from ailab import Lab
from ailab.spec import LabSpec, load
from infra.labs import DIST
from infra.manifests import Object, read


@cache
def manifests_of(file: Path) -> Sequence[Object]:
    """Make the manifests of a lab file and read them. All tests share them: who changes one, copies it first."""
    return synthesize(load(file))


@cache
def committed(lab: str) -> Sequence[Object]:
    """Read the manifests of a lab as they stand in dist/, which all tests share, too."""
    return read(DIST / lab)


def synthesize(spec: LabSpec) -> Sequence[Object]:
    """Make the manifests of a lab and read them."""
    with TemporaryDirectory() as folder:
        Lab(spec, Path(folder)).synth()
        return read(Path(folder))
