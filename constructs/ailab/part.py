"""A running part of the lab: its Deployment and Service, volumes, configuration and edges, or a task that ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

from constructs import Construct

from ailab.manifest import (
    CONFIG_MAP,
    CRON_JOB,
    DAEMON_SET,
    DEPLOYMENT,
    JOB,
    NETWORK_POLICY,
    NEVER_PRUNED,
    NO_HEALTH,
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


class Volume(Construct):
    """A claim that nothing prunes."""

    def __init__(self, scope: Construct, claim: Claim, home: Home, labels: Mapping[str, str]) -> None:
        super().__init__(scope, f"volume-{claim.name}")
        Manifest(
            self,
            home,
            PERSISTENT_VOLUME_CLAIM,
            claim.name,
            partial(_claim, claim),
            labels=labels,
            # A CronJob's claim is bound when that first runs; a program whose claim is not bound is not well itself.
            annotations=lambda: {**NEVER_PRUNED, **NO_HEALTH},
        )


class Program(Construct):
    """A workload with its configuration files and its network policy."""

    def __init__(self, scope: Construct, id_: str, workload: Workload) -> None:
        super().__init__(scope, id_)
        self.workload = workload
        self.home = Home.of(scope)
        self.labels: Mapping[str, str] = {**self.home.labels, NAME_LABEL: workload.name}
        self.selector: Mapping[str, str] = {NAME_LABEL: workload.name}
        self.endpoint = Endpoint(workload.name, self.selector, self.home.namespace)
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


class Server(Program):
    """A program behind a Service of its own name, which leads to ports of its container."""

    def __init__(self, scope: Construct, id_: str, workload: Workload, ports: tuple[Port, ...] = ()) -> None:
        super().__init__(scope, id_, workload)
        self._ports = ports or workload.main.ports

    @property
    def port(self) -> int:
        """The first port of the Service: what an address of this program ends with."""
        return self._ports[0].number

    @property
    def listens(self) -> int:
        """The container's port behind it: what a policy must name, since Services are translated before policies."""
        name = self._ports[0].name
        return next(port.number for port in self.workload.main.ports if port.name == name)


class Part(Server):
    """A program that runs all the time, behind a Service."""

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
        super().__init__(scope, id_, workload, ports)
        for claim in workload.claims:
            Volume(self, claim, self.home, self.labels)
        Manifest(self, self.home, DEPLOYMENT, workload.name, self._deployment, labels=self.labels)
        service = _service(self.selector, self._ports, cluster_ip)
        Manifest(self, self.home, SERVICE, workload.name, lambda: service, labels=self.labels)

    @property
    def url(self) -> str:
        """Address of that port for the pods of the lab's own namespace."""
        return f"http://{self.workload.name}:{self.port}"

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


class NodeAgent(Server):
    """A program that runs on every node, behind a Service where it has ports."""

    def __init__(self, scope: Construct, id_: str, workload: Workload) -> None:
        super().__init__(scope, id_, workload)
        Manifest(self, self.home, DAEMON_SET, workload.name, self._daemon_set, labels=self.labels)
        if workload.main.ports:
            service = _service(self.selector, workload.main.ports)
            Manifest(self, self.home, SERVICE, workload.name, lambda: service, labels=self.labels)

    def _daemon_set(self) -> dict[str, object]:
        return {
            "spec": {
                "revisionHistoryLimit": 3,
                "selector": {"matchLabels": dict(self.selector)},
                "template": pod(self.workload, self.labels),
            }
        }


class Task(Program):
    """A program that runs to its end: once for each content of its own, and on a schedule if it has one.

    A Job cannot be changed, so its name carries a digest of its content: changed content is another Job, and applying
    unchanged manifests does nothing. It has no time to live: a deleted Job would be made, and run, again.
    """

    def __init__(
        self, scope: Construct, id_: str, workload: Workload, *, schedule: str | None = None, late_seconds: int = 60
    ) -> None:
        """Make the task's objects.

        Args:
            scope: a chart with a namespace, or a construct below one.
            id_: name of the construct.
            workload: what runs.
            schedule: when it runs again, in the words of cron, UTC.
            late_seconds: for how long after its time a missed run is still made up for.

        """
        super().__init__(scope, id_, workload)
        Manifest(self, self.home, JOB, self._job_name, lambda: {"spec": self._job()}, labels=self.labels)
        if schedule:
            body = partial(self._cron_job, schedule, late_seconds)
            Manifest(self, self.home, CRON_JOB, workload.name, body, labels=self.labels)

    def _job_name(self) -> str:
        return f"{self.workload.name}-{digest(self._job())[:8]}"

    def _job(self) -> dict[str, object]:
        return {
            "backoffLimit": 20,  # with the doubling pause between tries, more than an hour of a registry's outage
            "template": pod(self.workload, self.labels, restart="OnFailure"),
        }

    def _cron_job(self, schedule: str, late_seconds: int) -> dict[str, object]:
        template = {"metadata": {"labels": dict(self.labels)}, "spec": {**self._job(), "backoffLimit": 1}}
        return {
            "spec": {
                "schedule": schedule,
                "timeZone": "Etc/UTC",  # else the time zone of whatever machine the cluster's controller runs on
                "concurrencyPolicy": "Forbid",
                "successfulJobsHistoryLimit": 1,
                "failedJobsHistoryLimit": 1,
                "startingDeadlineSeconds": late_seconds,
                "jobTemplate": template,
            }
        }


def _service(selector: Mapping[str, str], ports: Iterable[Port], cluster_ip: str | None = None) -> dict[str, object]:
    address = {"clusterIP": cluster_ip} if cluster_ip else {}
    body = [{"name": port.name, "port": port.number, "targetPort": port.name, "protocol": "TCP"} for port in ports]
    return {"spec": {"type": "ClusterIP", **address, "selector": dict(selector), "ports": body}}


def _claim(claim: Claim) -> dict[str, object]:
    storage_class = {"storageClassName": claim.storage_class} if claim.storage_class else {}
    return {
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            **storage_class,
            "resources": {"requests": {"storage": claim.size}},
        }
    }
