"""The loop: watch the cluster, translate, let nginx serve it, say what became of each Ingress."""

from __future__ import annotations

import logging
import os
import queue
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from infra.errors import LabError
from testnode.programs.nginx_ingress import resources
from testnode.programs.nginx_ingress.api import Api, ApiError, Right
from testnode.programs.nginx_ingress.configuration import files
from testnode.programs.nginx_ingress.following import Items, follow
from testnode.programs.nginx_ingress.translation import Cluster, Translation, Verdict, translate

if TYPE_CHECKING:
    from testnode.programs.nginx_ingress.nginx import Nginx
    from testnode.programs.nginx_ingress.options import Options
    from testnode.programs.nginx_ingress.readiness import Readiness

CONTROLLER = "nginx.org/ingress-controller"
SETTLE_S = 0.05
"""How long changes are gathered before nginx is told: a rollout makes several at once."""

log = logging.getLogger("nginx-ingress")


def check(api: Api, options: Options) -> None:
    """Refuse to start where the real controller would not become ready.

    Raises:
        LabError: the class, the ConfigMap or the pod of POD_NAME is not there, or a right that the real one uses.

    """
    absent = [str(right) for right in _rights(options) if not api.may(right)]
    if absent:
        message = f"the service account may not: {', '.join(absent)}"
        raise LabError(message)
    namespace, name = options.config_map
    try:
        api.get(f"/api/v1/namespaces/{os.environ['POD_NAMESPACE']}/pods/{os.environ['POD_NAME']}")
        api.get(f"/api/v1/namespaces/{namespace}/configmaps/{name}")
        found = api.get(f"/apis/networking.k8s.io/v1/ingressclasses/{options.ingress_class}")
    except ApiError as error:
        raise LabError(str(error)) from error
    if found["spec"]["controller"] != CONTROLLER:
        message = f"IngressClass {options.ingress_class}: its controller is not {CONTROLLER}"
        raise LabError(message)


def _rights(options: Options) -> tuple[Right, ...]:
    """Return what the real controller does with its service account when custom resources are off."""
    watched, own = options.namespace, os.environ["POD_NAMESPACE"]
    lists = [
        ("ingresses", "networking.k8s.io", watched),
        ("services", "", watched),
        ("endpointslices", "discovery.k8s.io", watched),
        ("secrets", "", options.secret_namespace),
        ("pods", "", watched),
        ("configmaps", "", options.config_map[0]),
    ]
    return (
        *(Right(verb, resource, group, where) for resource, group, where in lists for verb in ("list", "watch")),
        Right("get", "configmaps", "", options.config_map[0]),
        Right("get", "ingressclasses", "networking.k8s.io"),
        Right("get", "pods", "", own),
        Right("get", "replicasets", "apps", own),
        Right("create", "events", "", watched),
        Right("patch", "events", "", watched),
    )


@dataclass
class Controller:
    """Keeps nginx in step with the watched namespace."""

    api: Api
    options: Options
    nginx: Nginx
    readiness: Readiness
    _changes: queue.SimpleQueue[tuple[str, Items]] = field(default_factory=queue.SimpleQueue)
    _known: dict[str, Items] = field(default_factory=dict)
    _said: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def run(self) -> None:
        """Follow the cluster until nginx ends.

        Raises:
            LabError: nginx does not start, or ended.

        """
        paths = self._paths()
        for kind, path in paths.items():
            follow(self.api, path, partial(self._changed, kind))
        while not self.nginx.ended():
            if self._gather() and len(self._known) == len(paths):
                self._apply(translate(self._cluster()))
        message = "nginx ended"
        raise LabError(message)

    def _paths(self) -> dict[str, str]:
        namespace, (config_namespace, config) = self.options.namespace, self.options.config_map
        return {
            "config": f"/api/v1/namespaces/{config_namespace}/configmaps?fieldSelector=metadata.name%3D{config}",
            "ingresses": f"/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses",
            "services": f"/api/v1/namespaces/{namespace}/services",
            "endpoints": f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices",
        }

    def _changed(self, kind: str, items: Items) -> None:
        self._changes.put((kind, items))

    def _gather(self) -> bool:
        """Wait for changes, at most a second; return whether there were any."""
        try:
            changes = [self._changes.get(timeout=1)]
        except queue.Empty:
            return False
        time.sleep(SETTLE_S)
        while not self._changes.empty():
            changes.append(self._changes.get())
        self._known.update(changes)
        return True

    def _cluster(self) -> Cluster:
        ingresses = self._known["ingresses"].values()
        our_class = self.options.ingress_class
        return Cluster(
            ingresses=[resources.ingress(item) for item in ingresses if resources.ingress_class(item) == our_class],
            services=[resources.service(item) for item in self._known["services"].values()],
            endpoints=[resources.endpoints(item) for item in self._known["endpoints"].values()],
            server_tokens=all(map(resources.server_tokens, self._known["config"].values())),
        )

    def _apply(self, translation: Translation) -> None:
        if self.nginx.serve(files(translation, self.options)):
            log.info("nginx serves %d Ingresses", len(translation.sites))
        self.readiness.set()
        for verdict in translation.verdicts:
            self._say(verdict)

    def _say(self, verdict: Verdict) -> None:
        """Write an event where the verdict or the Ingress is a new one."""
        said = (verdict.ingress.version, verdict.reason, verdict.message)
        if self._said.get(verdict.ingress.uid) == said:
            return
        self._said[verdict.ingress.uid] = said
        log.info("%s: %s", verdict.reason, verdict.message)
        try:
            self.api.create(f"/api/v1/namespaces/{verdict.ingress.namespace}/events", _event(verdict))
        except (ApiError, OSError) as error:
            log.warning("the event was not written: %s", error)


def _event(verdict: Verdict) -> resources.Object:
    ingress = verdict.ingress
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"namespace": ingress.namespace, "name": f"{ingress.name}.{time.time_ns():x}"},
        "involvedObject": {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "namespace": ingress.namespace,
            "name": ingress.name,
            "uid": ingress.uid,
            "resourceVersion": ingress.version,
        },
        "type": "Warning" if verdict.warns else "Normal",
        "reason": verdict.reason,
        "message": verdict.message,
        "source": {"component": "nginx-ingress-controller"},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
