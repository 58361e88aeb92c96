"""Exporters: metrics of what has none of its own, as far as an alert or a dashboard asks for them."""

from __future__ import annotations

from typing import Final

from constructs import Construct

from ailab.images import DCGM_EXPORTER, KUBE_STATE_METRICS, NODE_EXPORTER
from ailab.manifest import ROLE, ROLE_BINDING, SERVICE_ACCOUNT, Home, Manifest
from ailab.network import API_SERVER, connect
from ailab.part import NodeAgent, Part
from ailab.rights import READ, binding, rule
from ailab.workload import Container, HostAccess, HostFolder, Http, Mount, Port, Probes, Resources, Workload

METRICS: Final = Port("metrics", 8080)
HEALTH: Final = Port("health", 8081)
NODE: Final = Port("metrics", 9100)
GPU: Final = Port("metrics", 9400)
ROOT: Final = "/host"
# What it may read, by API group; never Secrets or ConfigMaps.
OBJECTS: Final = {
    "": ("persistentvolumeclaims", "pods"),
    "apps": ("daemonsets", "deployments"),
    "batch": ("cronjobs", "jobs"),
}


class KubeStateMetrics(Part):
    """Restarts, readiness and Jobs, as the API server knows them: of the lab's namespaces alone, without Secrets."""

    def __init__(self, scope: Construct, id_: str, *, namespaces: tuple[str, ...], api_port: int) -> None:
        kinds = sorted(kind for group in OBJECTS.values() for kind in group)
        container = Container(
            name="kube-state-metrics",
            image=KUBE_STATE_METRICS,
            args=(
                f"--port={METRICS.number}",
                f"--telemetry-port={HEALTH.number}",
                f"--resources={','.join(kinds)}",
                f"--namespaces={','.join(namespaces)}",
            ),
            ports=(METRICS, HEALTH),
            probes=Probes(
                ready=Http(path="/readyz", port=HEALTH.number), alive=Http(path="/livez", port=METRICS.number)
            ),
            resources=Resources(cpu="10m", memory="64Mi", memory_limit="256Mi"),
        )
        super().__init__(scope, id_, Workload(name=id_, main=container, service_account=id_), ports=(METRICS,))
        connect(self.endpoint, API_SERVER, api_port, "watches the lab's objects")
        token = {"automountServiceAccountToken": False}
        Manifest(self, self.home, SERVICE_ACCOUNT, id_, lambda: token, labels=self.labels)
        rights = {"rules": [rule(group, kinds, READ) for group, kinds in OBJECTS.items()]}
        bound = binding(ROLE, id_, id_, self.home.namespace)
        for namespace in namespaces:
            place = Construct(self, namespace)
            home = Home(namespace, self.home.labels)
            Manifest(place, home, ROLE, id_, lambda: rights, labels=self.labels)
            Manifest(place, home, ROLE_BINDING, id_, lambda: bound, labels=self.labels)


class NodeExporter(NodeAgent):
    """Disk, memory and processors of the node."""

    def __init__(self, scope: Construct, id_: str) -> None:
        container = Container(
            name="node-exporter",
            image=NODE_EXPORTER,
            args=(
                f"--web.listen-address=:{NODE.number}",
                f"--path.rootfs={ROOT}",
                f"--path.procfs={ROOT}/proc",
                f"--path.sysfs={ROOT}/sys",
                "--collector.disable-defaults",
                "--collector.cpu",
                "--collector.filesystem",
                "--collector.loadavg",
                "--collector.meminfo",
                "--collector.stat",  # when the machine started
            ),
            ports=(NODE,),
            mounts=(Mount(volume=HostFolder(name="root", path="/"), path=ROOT, read_only=True),),
            probes=Probes(ready=Http(path="/", port=NODE.number)),
            resources=Resources(cpu="10m", memory="32Mi", memory_limit="128Mi"),
        )
        why = "asks every file system of the node how much space is left; reads only what every user of the node may"
        super().__init__(scope, id_, Workload(name=id_, main=container, host=HostAccess(why=why)))


class GpuExporter(NodeAgent):
    """Memory, load, temperature and faults of each GPU, from NVIDIA's DCGM."""

    def __init__(self, scope: Construct, id_: str) -> None:
        container = Container(
            name="dcgm-exporter",
            image=DCGM_EXPORTER,
            env={"NVIDIA_VISIBLE_DEVICES": "all"},
            ports=(GPU,),
            probes=Probes(ready=Http(path="/health", port=GPU.number), start_seconds=120),
            resources=Resources(cpu="50m", memory="128Mi", memory_limit="1Gi"),
        )
        why = "sees every GPU of the node without taking a share from the pods that compute"
        super().__init__(scope, id_, Workload(name=id_, main=container, host=HostAccess(why=why, all_gpus=True)))
