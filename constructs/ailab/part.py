"""A running part of the lab: its Deployment and Service, volumes, configuration and edges, or a task that ends."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from constructs import Construct

from ailab.manifest import (
    CONFIG_MAP,
    CRON_JOB,
    DEPLOYMENT,
    JOB,
    NETWORK_POLICY,
    NEVER_PRUNED,
    PERSISTENT_VOLUME_CLAIM,
    SERVICE,
    Home,
    Manifest,
)
from ailab.network import Endpoint
from ailab.pod import digest, pod
from ailab.workload import Claim, Files, Port, Workload

NAME_LABEL: Final = "app.kubernetes.io/name"
RECREATE: Final = {"type": "Recreate"}
# Written out: with the API server's own values in their place, every `kubectl apply` would be a change (measured).
ROLLING: Final = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


class Program(Construct):
    """A workload with its configuration files and its network policy."""

    def __init__(self, scope: Construct, id_: str, workload: Workload) -> None:
        super().__init__(scope, id_)
        self.workload = workload
        self.home = Home.of(scope)
        self.labels: Mapping[str, str] = {**self.home.labels, NAME_LABEL: workload.name}
        self.selector: Mapping[str, str] = {NAME_LABEL: workload.name}
        self.endpoint = Endpoint(workload.name, self.selector)
        Manifest(
            self,
            self.home,
            NETWORK_POLICY,
            workload.name,
            self.endpoint.policy,
            labels=self.labels,
            annotations=self.endpoint.reasons,
        )
        for name in sorted({mount.volume.name for mount in workload.mounts if isinstance(mount.volume, Files)}):
            Manifest(self, self.home, CONFIG_MAP, name, partial(self._config_map, name), labels=self.labels)

    def _config_map(self, name: str) -> dict[str, object]:
        """Make the body of one ConfigMap from the files as they are now, after every verb."""
        volumes = (mount.volume for mount in self.workload.mounts)
        files = (volume for volume in volumes if isinstance(volume, Files) and volume.name == name)
        return {"data": {file: text for volume in files for file, text in volume.content.items()}}


class Part(Program):
    """A program that runs all the time, behind a Service of its own name."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        workload: Workload,
        *,
        ports: tuple[Port, ...] = (),
        cluster_ip: str | None = None,
    ) -> None:
        """Make the part's objects.

        Args:
            scope: a chart with a namespace, or a construct below one.
            id_: name of the construct.
            workload: what runs.
            ports: ports of the Service, each leading to the container's port of the same name;
                the container's own ports when empty.
            cluster_ip: fixed address of the Service.

        """
        super().__init__(scope, id_, workload)
        self._ports = ports or workload.main.ports
        self._cluster_ip = cluster_ip
        claims = {mount.volume.name: mount.volume for mount in workload.mounts if isinstance(mount.volume, Claim)}
        for claim in claims.values():
            Manifest(
                self,
                self.home,
                PERSISTENT_VOLUME_CLAIM,
                claim.name,
                partial(_claim, claim),
                labels=self.labels,
                annotations=lambda: NEVER_PRUNED,
            )
        Manifest(self, self.home, DEPLOYMENT, workload.name, self._deployment, labels=self.labels)
        Manifest(self, self.home, SERVICE, workload.name, self._service, labels=self.labels)

    @property
    def port(self) -> int:
        """The first port of the Service: what an address of this part ends with."""
        return self._ports[0].number

    @property
    def listens(self) -> int:
        """The container's port behind it: what a policy must name, since Services are translated before policies."""
        name = self._ports[0].name
        return next(port.number for port in self.workload.main.ports if port.name == name)

    def _deployment(self) -> dict[str, object]:
        probes = self.workload.main.probes
        return {
            "spec": {
                "replicas": 1,
                "revisionHistoryLimit": 3,
                # A rollout is stuck only when the start budget is over.
                "progressDeadlineSeconds": 300 + (probes.start_seconds if probes else 0),
                "strategy": RECREATE if self.workload.needs_the_old_one_gone else ROLLING,
                "selector": {"matchLabels": dict(self.selector)},
                "template": pod(self.workload, self.labels),
            }
        }

    def _service(self) -> dict[str, object]:
        address = {"clusterIP": self._cluster_ip} if self._cluster_ip else {}
        ports = [
            {"name": port.name, "port": port.number, "targetPort": port.name, "protocol": "TCP"} for port in self._ports
        ]
        return {"spec": {"type": "ClusterIP", **address, "selector": dict(self.selector), "ports": ports}}


class Task(Program):
    """A program that runs to its end: once for each content of its own, and on a schedule if it has one.

    A Job cannot be changed, so its name carries a digest of its content: changed content is another Job, and applying
    unchanged manifests does nothing. It has no time to live: a deleted Job would be made, and run, again.
    """

    def __init__(self, scope: Construct, id_: str, workload: Workload, *, schedule: str | None = None) -> None:
        super().__init__(scope, id_, workload)
        Manifest(self, self.home, JOB, self._job_name, lambda: {"spec": self._job()}, labels=self.labels)
        if schedule:
            Manifest(
                self, self.home, CRON_JOB, workload.name, lambda: {"spec": self._cron_job(schedule)}, labels=self.labels
            )

    def _job_name(self) -> str:
        return f"{self.workload.name}-{digest(self._job())[:8]}"

    def _job(self) -> dict[str, object]:
        return {
            "backoffLimit": 20,  # with the doubling pause between tries, more than an hour of a registry's outage
            "template": pod(self.workload, self.labels, restart="OnFailure"),
        }

    def _cron_job(self, schedule: str) -> dict[str, object]:
        return {
            "schedule": schedule,
            "concurrencyPolicy": "Forbid",
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 1,
            "startingDeadlineSeconds": 60,
            "jobTemplate": {"metadata": {"labels": dict(self.labels)}, "spec": {**self._job(), "backoffLimit": 1}},
        }


def _claim(claim: Claim) -> dict[str, object]:
    storage_class = {"storageClassName": claim.storage_class} if claim.storage_class else {}
    return {
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            **storage_class,
            "resources": {"requests": {"storage": claim.size}},
        }
    }
