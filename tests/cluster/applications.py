"""What Argo CD says of the labs: its Applications, read as kubectl shows them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Self

from testnode.argocd_components import NAMESPACE
from testnode.node import Node
from testnode.patience import until

SECONDS = 300
REFRESH = "argocd.argoproj.io/refresh=normal"
LOOK_FOR_FOLDERS = "argocd.argoproj.io/application-set-refresh=true"


@dataclass(frozen=True)
class Application:
    """One lab as Argo CD sees it.

    Attributes:
        commit: what it was compared with.
        synced: whether the cluster has what that commit says.
        health: of all that is in it.
        phase: how the last sync ended, or that it goes on; empty where none was needed.
        faults: what is said to be wrong, and what the last sync said of itself and of each object.
        differing: objects that are not as the commit says.
        unhealthy: objects whose health counts and is another than Healthy.

    """

    commit: str
    synced: bool
    health: str
    phase: str
    faults: str
    differing: frozenset[str]
    unhealthy: frozenset[str]
    objects: frozenset[str]

    @classmethod
    def of(cls, item: dict[str, Any]) -> Self:
        """Read an Application's status, of which nothing is there at first."""
        status = item.get("status", {})
        operation = status.get("operationState", {})
        said = [*status.get("conditions", []), operation, *operation.get("syncResult", {}).get("resources", [])]
        rows = {f"{row['kind']}/{row['name']}": row for row in status.get("resources", [])}
        return cls(
            commit=status.get("sync", {}).get("revision", ""),
            synced=status.get("sync", {}).get("status") == "Synced",
            health=status.get("health", {}).get("status", ""),
            phase=operation.get("phase", ""),
            faults="\n".join([row.get("message", "") for row in said]),
            differing=frozenset(name for name, row in rows.items() if row.get("status") != "Synced"),
            unhealthy=frozenset(
                name for name, row in rows.items() if row.get("health", {"status": "Healthy"})["status"] != "Healthy"
            ),
            objects=frozenset(rows),
        )


@dataclass(frozen=True)
class Applications:
    """The Applications of a node's Argo CD."""

    node: Node

    def names(self) -> set[str]:
        """Name them, after a look for folders that are new or gone."""
        self._kubectl("annotate", "--overwrite", "applicationset", "labs", LOOK_FOR_FOLDERS)
        return set(self._kubectl("get", "applications", "-o", "jsonpath={.items[*].metadata.name}").split())

    def read(self, name: str) -> Application:
        """Read one as it is."""
        found = self._kubectl("get", "application", name, "--output=json", "--ignore-not-found")
        return Application.of(json.loads(found or "{}"))

    def look(self, name: str) -> None:
        """Let one be compared with the newest commit, which else happens within minutes."""
        self._kubectl("annotate", "--overwrite", "application", name, REFRESH)

    def compared(self, name: str, commit: str) -> Application:
        """Give one when it was compared with a commit."""
        self.look(name)
        until(lambda: self.read(name).commit == commit, SECONDS, f"{name} is compared with {commit}")
        return self.read(name)

    def synced(self, name: str, commit: str) -> Application:
        """Give one when a sync of the commit has ended and the cluster has what it says.

        Claims and namespaces that are no more in the commit stay, and count as a difference.
        """
        self.compared(name, commit)
        until(lambda: _done(self.read(name), commit), SECONDS, f"{name} is synced to {commit}")
        return self.read(name)

    def told(self, name: str, commit: str, fault: str) -> None:
        """Return when an Application says what is wrong with a commit, be it found by comparing or by applying."""
        self.look(name)
        until(lambda: fault in self.read(name).faults, SECONDS, f"{name} says of {commit}: {fault}")

    def _kubectl(self, *words: str) -> str:
        return self.node.kubectl(*words, f"--namespace={NAMESPACE}").stdout


def _done(found: Application, commit: str) -> bool:
    kept = {name for name in found.differing if name.startswith(("Namespace/", "PersistentVolumeClaim/"))}
    return found.commit == commit and found.phase in {"", "Succeeded"} and found.differing == kept
