"""Promise: whatever an object refers to by name is among the manifests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from infra.manifests import Object, of_kind, pod_templates
from tests.policy.pods import containers, pods

# Addresses of Services in variables and configuration files: a name without dots, and a port.
ADDRESS: Final = re.compile(r"(?:https?|grpc|postgresql)://(?:[^/\s@]*@)?([a-z0-9-]+):(\d+)\b")
NOT_SERVICES: Final = {"localhost"}


def references(objects: Sequence[Object]) -> Iterator[str]:
    yield from _volumes(objects)
    yield from _services(objects)
    yield from _ingresses(objects)
    yield from _rights(objects)
    yield from _addresses(objects)


def _names(objects: Sequence[Object], kind: str) -> set[str]:
    return {item["metadata"]["name"] for item in of_kind(objects, kind)}


def _volumes(objects: Sequence[Object]) -> Iterator[str]:
    maps, claims = _names(objects, "ConfigMap"), _names(objects, "PersistentVolumeClaim")
    accounts = _names(objects, "ServiceAccount")
    used: set[str] = set()
    for owner, pod in pods(objects):
        for volume in pod.get("volumes", ()):
            if "configMap" in volume and volume["configMap"]["name"] not in maps:
                yield f"{owner}: there is no ConfigMap {volume['configMap']['name']}"
            if "persistentVolumeClaim" in volume:
                used.add(volume["persistentVolumeClaim"]["claimName"])
                if volume["persistentVolumeClaim"]["claimName"] not in claims:
                    yield f"{owner}: there is no claim {volume['persistentVolumeClaim']['claimName']}"
        if (account := pod.get("serviceAccountName")) and account not in accounts:
            yield f"{owner}: there is no service account {account}"
    yield from (f"PersistentVolumeClaim/{claim}: is used by nobody" for claim in sorted(claims - used))


def _services(objects: Sequence[Object]) -> Iterator[str]:
    templates = [template for _, template in pod_templates(of_kind(objects, "Deployment", "DaemonSet"))]
    for item in of_kind(objects, "Service"):
        name, wanted = f"Service/{item['metadata']['name']}", item["spec"]["selector"].items()
        chosen = [template for template in templates if wanted <= template["metadata"]["labels"].items()]
        if len(chosen) != 1:
            yield f"{name}: selects the pods of {len(chosen)} programs"
            continue
        ports = {port["name"] for container in chosen[0]["spec"]["containers"] for port in container.get("ports", ())}
        for port in item["spec"]["ports"]:
            if port["targetPort"] not in ports:
                yield f"{name}: its pods have no port {port['targetPort']}"
    for item in of_kind(objects, "Deployment", "DaemonSet"):
        selected = item["spec"]["selector"]["matchLabels"].items()
        if not selected <= item["spec"]["template"]["metadata"]["labels"].items():
            yield f"{item['kind']}/{item['metadata']['name']}: does not select its own pods"


def _ports(objects: Sequence[Object]) -> Mapping[str, set[int]]:
    return {
        item["metadata"]["name"]: {port["port"] for port in item["spec"]["ports"]}
        for item in of_kind(objects, "Service")
    }


def _ingresses(objects: Sequence[Object]) -> Iterator[str]:
    ports, classes = _ports(objects), _names(objects, "IngressClass")
    controllers = {item["metadata"]["name"] for item in of_kind(objects, "Deployment")} & {"ingress"}
    for item in of_kind(objects, "Ingress"):
        name = f"Ingress/{item['metadata']['name']}"
        if not item["spec"].get("ingressClassName"):
            yield f"{name}: is of no class"
        elif controllers and item["spec"]["ingressClassName"] not in classes:
            yield f"{name}: there is no class {item['spec'].get('ingressClassName')}"
        for rule in item["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                service = path["backend"]["service"]
                if service["port"]["number"] not in ports.get(service["name"], set()):
                    yield f"{name}: there is no Service {service['name']}:{service['port']['number']}"


def _rights(objects: Sequence[Object]) -> Iterator[str]:
    roles = {
        (item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"])
        for item in of_kind(objects, "Role", "ClusterRole")
    }
    accounts = {
        (item["metadata"]["namespace"], item["metadata"]["name"]) for item in of_kind(objects, "ServiceAccount")
    }
    for item in of_kind(objects, "RoleBinding", "ClusterRoleBinding"):
        name, role = f"{item['kind']}/{item['metadata']['name']}", item["roleRef"]
        namespace = item["metadata"].get("namespace") if role["kind"] == "Role" else None
        if (role["kind"], namespace, role["name"]) not in roles:
            yield f"{name}: there is no {role['kind']} {role['name']}"
        for subject in item["subjects"]:
            if (subject.get("namespace"), subject["name"]) not in accounts:
                yield f"{name}: there is no service account {subject['name']}"


def _addresses(objects: Sequence[Object]) -> Iterator[str]:
    ports = _ports(objects)
    texts = [
        *((name, variable.get("value", "")) for name, box in containers(objects) for variable in box.get("env", ())),
        *(
            (f"ConfigMap/{item['metadata']['name']}", text)
            for item in of_kind(objects, "ConfigMap")
            for text in item["data"].values()
        ),
    ]
    for name, text in texts:
        for host, port in ADDRESS.findall(text):
            if host not in NOT_SERVICES and int(port) not in ports.get(host, set()):
                yield f"{name}: there is no Service {host}:{port}"
