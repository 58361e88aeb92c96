"""Small manifests that meet Pod Security *restricted*."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from testnode.node import Node
from testnode.system_images import PROBE_IMAGE

NAMESPACE = "test"
Object = dict[str, object]


@dataclass(frozen=True)
class Pod:
    """A pod that may do as little as possible."""

    name: str
    command: Sequence[str] = ("sleep", "infinity")
    image: str = PROBE_IMAGE
    uid: int = 65534
    labels: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    volumes: Mapping[str, Object] = field(default_factory=dict)  # mount path -> volume source
    limits: Mapping[str, str] = field(default_factory=lambda: {"memory": "64Mi"})
    runtime_class: str | None = None

    def manifest(self) -> Object:
        """Return the Pod object."""
        metadata = {"name": self.name, "namespace": NAMESPACE, "labels": {"app": self.name, **self.labels}}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": self.spec()}

    def spec(self) -> Object:
        """Return the pod's specification, for a Pod or a template."""
        container: Object = {
            "name": "main",
            "image": self.image,
            "resources": {"limits": dict(self.limits), "requests": {"cpu": "10m"}},
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
            "volumeMounts": [{"name": f"v{n}", "mountPath": path} for n, path in enumerate(self.volumes)],
        }
        if self.command:
            container["command"] = list(self.command)
        if self.port is not None:
            container["ports"] = [{"name": "http", "containerPort": self.port}]
            container["readinessProbe"] = {"httpGet": {"path": "/", "port": "http"}, "periodSeconds": 1}
        spec: Object = {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": self.uid,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
            "volumes": [{"name": f"v{n}", **source} for n, source in enumerate(self.volumes.values())],
        }
        if self.runtime_class is not None:
            spec["runtimeClassName"] = self.runtime_class
        return spec


def server(name: str, labels: Mapping[str, str] | None = None) -> Pod:
    """Return a pod that answers its own name on port 8080."""
    return Pod(name, ("netprobe", "serve", ":8080", name), labels=labels or {}, port=8080)


def apply(node: Node, *objects: Object) -> None:
    """Create or change objects."""
    node.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}))


def start(node: Node, *pods: Pod) -> None:
    """Create pods and wait until they are ready."""
    apply(node, *(pod.manifest() for pod in pods))
    names = (f"pod/{pod.name}" for pod in pods)
    node.kubectl("-n", NAMESPACE, "wait", *names, "--for=condition=Ready", "--timeout=90s")


def execute(node: Node, pod: str, *command: str) -> tuple[int, str]:
    """Run a command in a pod; return its exit status and what it printed."""
    done = node.kubectl("-n", NAMESPACE, "exec", pod, "--", *command, check=False)
    return done.status, done.stdout.strip()


def outcome(node: Node, pod: str, *command: str) -> tuple[int, str]:
    """Run a command in a pod; return its exit status and all that it said."""
    done = node.kubectl("-n", NAMESPACE, "exec", pod, "--", *command, check=False)
    return done.status, (done.stdout + done.stderr).strip()
