"""Reading manifests: what a lab's files hold, in the terms that people ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

# Parsed YAML: its shape is Kubernetes' own, checked against Kubernetes' schemas in the tests.
Object = dict[str, Any]

MEMORY = {"Ki": 1 / 1024**2, "Mi": 1 / 1024, "Gi": 1.0, "Ti": 1024.0}
_DIGEST: Final = re.compile(r"-[0-9a-f]{8}$")


@dataclass(frozen=True)
class Service:
    """A Service and the hosts that lead to it."""

    name: str
    ports: tuple[int, ...]
    hosts: tuple[str, ...]


@dataclass(frozen=True)
class Requests:
    """What all running pods ask for together: CPU cores, memory in GiB, GPUs."""

    cores: float
    memory: float
    gpus: int


def read(folder: Path) -> list[Object]:
    """Read all objects of a lab, in the order of its files."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    texts = (file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.yaml")))
    return [item for text in texts for item in yaml.load_all(text, Loader=loader) if item]


def of_kind(objects: Iterable[Object], *kinds: str) -> Iterator[Object]:
    """Select objects by kind."""
    return (item for item in objects if item["kind"] in kinds)


def lasting_name(item: Object) -> str:
    """Return an object's name; a Job's goes without its end, the digest of what that Job does."""
    name: str = item["metadata"]["name"]
    return _DIGEST.sub("", name) if item["kind"] == "Job" else name


def pod_templates(objects: Iterable[Object]) -> Iterator[tuple[str, Object]]:
    """Give every pod template with the name of what owns it: `Deployment/postgres`."""
    for item in of_kind(objects, "Deployment", "Job", "CronJob", "DaemonSet", "StatefulSet"):
        spec = item["spec"]["jobTemplate"]["spec"] if item["kind"] == "CronJob" else item["spec"]
        yield f"{item['kind']}/{item['metadata']['name']}", spec["template"]


def images(objects: Iterable[Object]) -> set[str]:
    """Collect the references of all images."""
    return {
        container["image"]
        for _, template in pod_templates(objects)
        for container in [*template["spec"]["containers"], *template["spec"].get("initContainers", [])]
    }


def repository(reference: str) -> str:
    """Return an image's name without tag and digest."""
    return reference.partition("@")[0].rpartition(":")[0]


def services(objects: Sequence[Object]) -> list[Service]:
    """List the Services with their ports and the hosts of the Ingresses that lead to them."""
    hosts: dict[str, list[str]] = {}
    for ingress in of_kind(objects, "Ingress"):
        for rule in ingress["spec"]["rules"]:
            names = {path["backend"]["service"]["name"] for path in rule["http"]["paths"]}
            for name in names:
                hosts.setdefault(name, []).append(rule["host"])
    return [
        Service(
            item["metadata"]["name"],
            tuple(port["port"] for port in item["spec"]["ports"]),
            tuple(hosts.get(item["metadata"]["name"], ())),
        )
        for item in of_kind(objects, "Service")
    ]


def requests(objects: Sequence[Object]) -> Requests:
    """Add up what runs all the time requests, on a cluster of one node; Jobs come and go."""
    asked = [
        container["resources"]
        for item in of_kind(objects, "Deployment", "DaemonSet")
        for container in item["spec"]["template"]["spec"]["containers"]
    ]
    return Requests(
        cores=sum(cores(resources["requests"]["cpu"]) for resources in asked),
        memory=sum(gibibytes(resources["requests"]["memory"]) for resources in asked),
        gpus=sum(int(resources["limits"].get("nvidia.com/gpu", 0)) for resources in asked),
    )


def cores(quantity: str) -> float:
    """Convert Kubernetes' CPU quantity to cores."""
    return int(quantity[:-1]) / 1000 if quantity.endswith("m") else float(quantity)


def gibibytes(quantity: str) -> float:
    """Convert Kubernetes' memory quantity to GiB."""
    return float(quantity[:-2]) * MEMORY[quantity[-2:]]
