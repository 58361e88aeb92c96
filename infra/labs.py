"""Which labs there are."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem

from ailab.spec import ArgoCdSpec, LabSpec, SpecError, apart, load, load_argocd
from infra.errors import LabError

ROOT = Path(__file__).resolve().parent.parent
LABS = ROOT / "labs"
ARGOCD = ROOT / "argocd.toml"
DIST = ROOT / "dist"
HOST_FACTS = ROOT / "nixos" / "labs"
EXAMPLE_TAILNET = "example-tailnet"
"""The tailnet of the lab file that comes with the project."""


def lab_names() -> list[str]:
    """List the names that lab files have."""
    return [file.stem for file in sorted(LABS.glob("*.toml"))]


def _complete(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in lab_names() if name.startswith(begun)]


LAB_OPTION = click.option(
    "--lab", "lab_name", help="Name of the lab; needed when there are several.", shell_complete=_complete
)


def shortest(path: Path) -> Path:
    """Name a path as the person at the terminal would: relative where it is below the current folder."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def all_labs() -> list[LabSpec]:
    """Read every lab file.

    Raises:
        SpecError: the faults of all files together.
        LabError: there is no lab file.

    """
    return delivered_labs()[0]


def delivered_labs() -> tuple[list[LabSpec], ArgoCdSpec | None]:
    """Read every lab file, and the one for Argo CD, which need not be there.

    Raises:
        SpecError: the faults of all files together.
        LabError: there is no lab file.

    """
    labs: dict[Path, LabSpec] = {}
    argocd: ArgoCdSpec | None = None
    faults: list[str] = []
    for file in sorted(LABS.glob("*.toml")):
        try:
            labs[shortest(file)] = load(shortest(file))
        except SpecError as error:
            faults += error.faults
    try:
        argocd = load_argocd(shortest(ARGOCD))
    except SpecError as error:
        faults += error.faults
    if faults:
        raise SpecError(faults)
    apart(labs, argocd)
    if not labs:
        message = f"{shortest(LABS)}: no lab file; write {shortest(LABS)}/<name>.toml, see docs/spec.md"
        raise LabError(message)
    return list(labs.values()), argocd


def one_lab(name: str | None) -> LabSpec:
    """Read the lab of that name, or the only one there is.

    Raises:
        SpecError: the file has faults.
        LabError: several labs and no name, or a name that no lab has.

    """
    names = lab_names()
    if name and names:
        if name not in names:
            message = f"--lab: there is no lab {name}; give one of: {', '.join(names)}"
            raise LabError(message)
        return load(shortest(LABS / f"{name}.toml"))
    specs = all_labs()
    if len(specs) > 1:
        message = f"--lab: missing; give one of: {', '.join(spec.name for spec in specs)}"
        raise LabError(message)
    return specs[0]
