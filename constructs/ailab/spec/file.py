"""Reading the files that an owner writes: one for each lab, and one for Argo CD."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from ailab.spec.argocd import FOLDER, ArgoCdSpec
from ailab.spec.faults import SpecError, lines
from ailab.spec.lab import LabSpec
from ailab.spec.values import Section

_Read = TypeVar("_Read", bound=Section)
# Where tomllib says the fault is, at the end of its message (an attribute only since Python 3.14).
_PLACE: Final = re.compile(r"(?P<what>.*) \(at line (?P<line>[0-9]+), column [0-9]+\)")


def load(path: Path) -> LabSpec:
    """Read and check one lab file.

    Raises:
        SpecError: the file is absent, is no TOML, or has faults; all of them, one line each.

    """
    spec = _checked(LabSpec, path)
    if spec.name != path.stem:
        repair = f'write name = "{path.stem}" or rename the file to {spec.name}.toml'
        raise SpecError([f'{path}: name: "{spec.name}" is not the name of the file; {repair}'])
    if spec.name == FOLDER:
        repair = "give the lab and its file another name"
        raise SpecError([f'{path}: name: "{FOLDER}" is the folder of dist/ for Argo CD\'s own objects; {repair}'])
    return spec


def load_argocd(path: Path) -> ArgoCdSpec | None:
    """Read and check the file for Argo CD; None where there is none, which is a choice.

    Raises:
        SpecError: the file is no TOML or has faults; all of them, one line each.

    """
    return _checked(ArgoCdSpec, path) if path.exists() else None


def _checked(model: type[_Read], path: Path) -> _Read:
    content = _parse(path, _text(path))
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise SpecError(lines(model, error.errors(), str(path))) from None


def _text(path: Path) -> str:
    try:
        # Some editors begin a text with a byte order mark, which is no TOML.
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SpecError([f"{path}: no such file; labs are the files labs/<name>.toml"]) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SpecError([f"{path}: line {line}: is not UTF-8; save the file in that encoding"]) from None
    except OSError as error:
        raise SpecError([f"{path}: cannot be read ({error.strerror}); labs are the files labs/<name>.toml"]) from None


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # not TOMLDecodeError alone: a number of 5,000 digits is a ValueError
        place = _PLACE.fullmatch(str(error))
        what = f"line {place['line']}: is no TOML: {place['what']}" if place else f"is no TOML: {error}"
        raise SpecError([f"{path}: {what}; see https://toml.io for how it is written"]) from None


def apart(labs: Mapping[Path, LabSpec], argocd: ArgoCdSpec | None = None) -> None:
    """Refuse labs that would take each other's place on a cluster, or that of Argo CD.

    Raises:
        SpecError: labs have a namespace in common; applying the second changes the first, deleting one deletes both.
            Or one has Argo CD's, whose traffic it would deny, and whose rights it would have.

    """
    # No two of these are equal, since each begins with the name of its lab, which is that of the file.
    owners = {spec.system_namespace: file for file, spec in labs.items()}
    faults = []
    for file, spec in labs.items():
        first = owners.setdefault(spec.namespace, file)
        if first is not file:
            taken = f'"{spec.namespace}" is also a namespace of {first}'
            faults.append(f'{file}: namespace: {taken}; give each lab its own, for example namespace = "{spec.name}"')
        if argocd and argocd.namespace in {spec.namespace, spec.system_namespace}:
            faults.append(f'{file}: namespace: "{argocd.namespace}" is Argo CD\'s; give the lab one of its own')
    if faults:
        raise SpecError(faults)
