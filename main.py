"""Synthesize every lab of `labs/` into `dist/`, and what Argo CD is told of them.

What `cdk8s synth` runs; `./lab synth` does the same atomically.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ailab import Lab
from ailab.argocd import ArgoCd
from ailab.spec import SpecError, apart, load, load_argocd
from ailab.spec.argocd import FOLDER

ROOT = Path(__file__).parent


def main(out: Path) -> int:
    """Write one folder for each lab file, and that of Argo CD; returns the exit status."""
    try:
        labs = {file: load(file) for file in sorted((ROOT / "labs").glob("*.toml"))}
        argocd = load_argocd(ROOT / "argocd.toml")
        apart(labs, argocd)
    except SpecError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for spec in labs.values():
        Lab(spec, out / spec.name).synth()
    if argocd:
        ArgoCd(argocd, list(labs.values()), out / FOLDER).synth()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(os.environ.get("CDK8S_OUTDIR", ROOT / "dist"))))
