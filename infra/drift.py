"""How the manifests of a lab differ from what its cluster has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from infra.errors import LabError
from infra.kubectl import kubectl, require_cluster

# kubectl names what it compares <group>.<version>.<kind>.<namespace>.<name>, in two folders of its own.
_COMPARED: Final = re.compile(r"^diff .*/(?:[^/\s]*\.)?v[^./\s]*\.([^./\s]+)\.[^./\s]*\.([^/\s]+)$", re.MULTILINE)
SAME, DIFFERENT = 0, 1  # kubectl's exit statuses


def changed(folder: Path) -> tuple[str, ...] | None:
    """Name the objects that differ, such as `Deployment/litellm`; None where no cluster answers.

    Raises:
        LabError: the cluster does not accept the manifests.

    """
    try:
        require_cluster()
    except LabError:
        return None
    done = kubectl("diff", "--server-side", "--force-conflicts", f"--filename={folder}", check=False)
    if done.status not in {SAME, DIFFERENT}:
        message = f"kubectl diff: {done.stderr.strip()[-500:]}"
        raise LabError(message)
    return tuple(f"{kind}/{name}" for kind, name in _COMPARED.findall(done.stdout))
