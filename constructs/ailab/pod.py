"""The one function that makes pods. What every pod must have is decided here and nowhere else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Final

from ailab.secrets import SecretKey
from ailab.workload import (
    Claim,
    Container,
    EnvValue,
    Exec,
    Files,
    HostAccess,
    HostFolder,
    Http,
    Mount,
    PodField,
    Probe,
    Probes,
    Scratch,
    Tcp,
    Workload,
)

GPU_RESOURCE: Final = "nvidia.com/gpu"
# k3s's containerd finds this runtime by the toolkit's nvidia-container-runtime.cdi; on NixOS the plain `nvidia` runtime
# gives device nodes but no driver libraries (reported, not seen here: docs/decisions/0003).
GPU_RUNTIME_CLASS: Final = "nvidia-cdi"
# How host and device plugin name a GPU: with the plugin's own default, `uuid`, containerd finds no such device.
GPU_DEVICE_NAMES: Final = "index"
PROBE_PERIOD: Final = 5  # seconds


def pod(workload: Workload, labels: Mapping[str, str], *, restart: str = "Always") -> dict[str, object]:
    """Make the pod template of a workload.

    Every pod meets Pod Security *restricted*, has a read-only root with a writable folder for each path that its image
    writes to, and is restarted when its configuration changes (a checksum among its annotations). What a workload with
    `HostAccess` may beyond that stands, with its reason, among the annotations too.
    """
    image, host = workload.main.image, workload.host
    containers = [_complete(container) for container in (workload.main, *workload.beside)]
    before = [_complete(container) for container in workload.before]
    spec: dict[str, object] = {
        "automountServiceAccountToken": workload.service_account is not None,
        # Kubernetes would inject <SERVICE>_PORT=tcp://..., which vLLM, Phoenix, SearXNG and Neo4j take for settings.
        "enableServiceLinks": False,
        "restartPolicy": restart,
        "terminationGracePeriodSeconds": workload.stop_seconds,
        "securityContext": {
            "runAsNonRoot": image.user != 0,
            "runAsUser": image.user,  # a number: `USER nobody` cannot be checked by the kubelet
            "runAsGroup": image.group,
            "fsGroup": image.group,
            "fsGroupChangePolicy": "OnRootMismatch",  # not a walk over 60 GiB of models at each start
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    if workload.service_account:
        spec["serviceAccountName"] = workload.service_account
    if workload.node_labels:
        spec["nodeSelector"] = dict(workload.node_labels)
    if workload.main.resources.gpus or (host and host.all_gpus):
        spec["runtimeClassName"] = GPU_RUNTIME_CLASS
    if host:
        spec["priorityClassName"] = "system-node-critical"  # the others wait for what it does
    if before:
        spec["initContainers"] = [_container(container, host) for container in before]
    spec["containers"] = [_container(container, host) for container in containers]
    volumes = _volumes(mount for container in (*before, *containers) for mount in container.mounts)
    if volumes:
        spec["volumes"] = volumes
    metadata: dict[str, object] = {"labels": dict(labels)}
    if annotations := _annotations(workload):
        metadata["annotations"] = annotations
    return {"metadata": metadata, "spec": spec}


def digest(content: object) -> str:
    """Shorten any JSON-like content to a name that changes when it does."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _annotations(workload: Workload) -> dict[str, str]:
    files = {mount.volume.name: mount.volume.content for mount in workload.mounts if isinstance(mount.volume, Files)}
    checksum = {"ailab/configuration": digest(files)} if files else {}
    return checksum | ({"ailab/host-access": workload.host.why} if workload.host else {})


def _complete(container: Container) -> Container:
    """Add a scratch folder for each path that the image writes to and the workload mounts nothing at."""
    settled = {*(mount.path for mount in container.mounts), *container.unmounted}
    scratch = (Mount(volume=_scratch(path), path=path) for path in container.image.writes if path not in settled)
    return Container(**{**vars(container), "mounts": (*container.mounts, *scratch)})


def _scratch(path: str) -> Scratch:
    name = path.strip("/").replace("/", "-").replace(".", "")
    return Scratch(name=name, in_memory=True, limit="256Mi") if path == "/dev/shm" else Scratch(name=name)  # noqa: S108


def _container(container: Container, host: HostAccess | None) -> dict[str, object]:
    resources = container.resources
    gpus = {GPU_RESOURCE: str(resources.gpus)} if resources.gpus else {}
    body: dict[str, object] = {
        "name": container.name,
        "image": container.image.reference,
        "imagePullPolicy": "IfNotPresent",  # a pinned image does not change, and starts while a registry is down
        "command": list(container.command),
        "args": list(container.args),
        "env": [_variable(name, value) for name, value in container.env.items()],
        "ports": [{"name": port.name, "containerPort": port.number} for port in container.ports],
        "resources": {
            "requests": {"cpu": resources.cpu, "memory": resources.memory},
            "limits": {"memory": resources.memory_limit, **gpus},
        },
        "securityContext": _security(container, host),
        "volumeMounts": [_mount(mount) for mount in container.mounts],
        **(_probes(container.probes) if container.probes else {}),
        **({"lifecycle": {"preStop": _action(container.before_stop)}} if container.before_stop else {}),
    }
    return {key: value for key, value in body.items() if value != []}


def _security(container: Container, host: HostAccess | None) -> dict[str, object]:
    if host and host.privileged:
        # It has every capability; Kubernetes refuses to forbid it to gain more.
        return {"privileged": True, "readOnlyRootFilesystem": True}
    added = {"add": list(container.image.capabilities)} if container.image.capabilities else {}
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"], **added},
    }


def _variable(name: str, value: EnvValue) -> dict[str, object]:
    match value:
        case str():
            return {"name": name, "value": value}
        case PodField(path=path):
            return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}
        case SecretKey(optional=True):
            return {"name": name, "valueFrom": {"secretKeyRef": {**_key(value), "optional": True}}}
        case SecretKey():
            return {"name": name, "valueFrom": {"secretKeyRef": _key(value)}}


def _key(row: SecretKey) -> dict[str, str]:
    return {"name": row.name, "key": row.key}


def _mount(mount: Mount) -> dict[str, object]:
    body: dict[str, object] = {"name": mount.volume.name, "mountPath": mount.path}
    if mount.read_only or isinstance(mount.volume, Files):
        body["readOnly"] = True
    if isinstance(mount.volume, HostFolder):
        body["mountPropagation"] = "HostToContainer"  # what is mounted below it later is seen too
    return body


def _volumes(mounts: Iterable[Mount]) -> list[dict[str, object]]:
    volumes: dict[str, dict[str, object]] = {}
    for mount in mounts:
        match mount.volume:
            case Scratch(name=name, limit=limit, in_memory=in_memory):
                medium = {"medium": "Memory"} if in_memory else {}
                source: dict[str, object] = {"emptyDir": {**medium, "sizeLimit": limit}}
            case Claim(name=name):
                source = {"persistentVolumeClaim": {"claimName": name}}
            case Files(name=name):
                source = {"configMap": {"name": name}}
            case HostFolder(name=name, path=path):
                source = {"hostPath": {"path": path, "type": "Directory"}}
        volumes[name] = {"name": name, **source}
    return list(volumes.values())


def _probes(probes: Probes) -> dict[str, object]:
    period = {"periodSeconds": PROBE_PERIOD, "timeoutSeconds": probes.timeout_seconds}
    ready, alive = _action(probes.ready), _action(probes.alive or probes.ready)
    return {
        "startupProbe": {**ready, **period, "failureThreshold": -(-probes.start_seconds // PROBE_PERIOD)},
        "readinessProbe": {**ready, **period, "failureThreshold": 3},
        # Six failures are half a minute: a busy program is not a dead one.
        "livenessProbe": {**alive, **period, "failureThreshold": 6},
    }


def _action(action: Probe) -> dict[str, object]:
    match action:
        case Http(path=path, port=port):
            return {"httpGet": {"path": path, "port": port}}
        case Tcp(port=port):
            return {"tcpSocket": {"port": port}}
        case Exec(command=command):
            return {"exec": {"command": list(command)}}
