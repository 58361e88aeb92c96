"""The controller of k3s that applies the files of a folder: what its source says, with a cluster that is a table.

https://github.com/k3s-io/k3s/blob/0301210fa15fe70ce8427a4b3dfef54b798d17fb/pkg/deploy/controller.go
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from infra.manifests import Object

KEPT: Final = "objectset.rio.cattle.io/prune"  # "false": never deleted, in rancher's wrangler, pkg/apply

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Key = tuple[str, str, str]
"""Kind, namespace and name of an object."""


@dataclass(frozen=True)
class Event:
    """What the controller says of an AddOn; `kubectl get events --namespace kube-system` lists it."""

    addon: str
    reason: str
    message: str = field(default="", compare=False)

    def has(self, name: str, value: str) -> bool:
        """Whether a field of the event, as a selector names it, has this value."""
        kind = "Warning" if self.reason.endswith("Failed") else "Normal"
        return {"involvedObject.name": self.addon, "reason": self.reason, "type": kind}[name] == value


@dataclass
class DeployController:
    """It looks into the folder whenever it is told to; k3s does so every 15 seconds.

    Attributes:
        folder: with the files.
        owners: the cluster: every object, and the AddOn that has made it.
        kept: those that are marked so that they are never deleted.
        checksums: of the content that each AddOn has last applied; in the cluster, `spec.checksum` of the AddOn.

    """

    folder: Path
    owners: dict[Key, str] = field(default_factory=dict)
    kept: set[Key] = field(default_factory=set)
    checksums: dict[str, str] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    _times: dict[Path, float] = field(default_factory=dict)

    def look(self) -> None:
        """Apply every file that has changed; one that fails is tried again next time, and the others go on."""
        names = {file.name for file in self.folder.rglob("*")}
        for file in sorted(self.folder.rglob("*")):
            if not file.is_file() or _skipped(file.name, names):
                continue
            time = file.stat().st_mtime
            if time == self._times.get(file):
                continue
            if self._deploy(file):
                self._times[file] = time

    def of(self, addon: str) -> set[Key]:
        """Return the objects of an AddOn."""
        return {key for key, owner in self.owners.items() if owner == addon}

    def kubectl(self, *words: str) -> str:
        """Answer a question for events: the message of the last one that the selector lets through.

        kubectl lists events by their names, which no time is in; here the oldest comes last unless it is told to sort.
        """
        options = dict(word.split("=", 1) for word in words if word.startswith("--"))
        assert words[:2] == ("get", "events")
        assert options["--namespace"] == "kube-system"
        assert options["--output"] == "jsonpath={.items[-1:].message}"
        wanted = [each.split("=", 1) for each in options["--field-selector"].split(",")]
        found = [event for event in self.events if all(event.has(name, value) for name, value in wanted)]
        listed = found if options.get("--sort-by") == ".lastTimestamp" else found[::-1]
        return listed[-1].message if listed else ""

    def _deploy(self, file: Path) -> bool:
        addon = file.name.partition(".")[0]
        content = file.read_bytes()
        checksum = hashlib.sha256(content).hexdigest()
        if self.checksums.get(addon) == checksum:
            return True
        try:
            objects = [each for each in yaml.load_all(content, Loader=_LOADER) if each]
            keys = {key_of(each): each for each in objects}
        except (yaml.YAMLError, KeyError, TypeError) as error:
            self.events.append(Event(addon, "ParseManifestFailed", str(error)))
            return False
        for key in self.of(addon) - keys.keys() - self.kept:
            del self.owners[key]
        for key, item in keys.items():
            self.owners[key] = addon
            if item["metadata"].get("annotations", {}).get(KEPT) == "false":
                self.kept.add(key)
        self.checksums[addon] = checksum
        self.events.append(Event(addon, "AppliedManifest"))
        return True


def _skipped(name: str, names: set[str]) -> bool:
    return name.startswith(".") or f"{name}.skip" in names or not name.endswith((".yaml", ".yml", ".json"))


def key_of(item: Object) -> Key:
    """Name an object; the text is empty where it has no namespace."""
    metadata = item["metadata"]
    return item["kind"], metadata.get("namespace", ""), metadata["name"]
