"""One GPU for several pods: the runtime that gives it to them, and the device plugin that counts it several times."""

from __future__ import annotations

from typing import Final

from constructs import Construct

from ailab.configuration import yaml_text
from ailab.images import DEVICE_PLUGIN
from ailab.manifest import RUNTIME_CLASS, Home, Manifest
from ailab.part import NodeAgent
from ailab.pod import GPU_DEVICE_NAMES, GPU_RESOURCE, GPU_RUNTIME_CLASS
from ailab.workload import Container, Files, HostAccess, HostFolder, Mount, Resources, Workload

CONFIG: Final = "/config"
SOCKETS: Final = "/var/lib/kubelet/device-plugins"


class GpuSharing(NodeAgent):
    """NVIDIA's device plugin: every GPU counts as many times as pods shall share it, and a pod gets it by turns.

    Only time is shared. Nothing keeps a pod from the memory that the others were meant to have, but what each engine is
    told to take (docs/decisions/0010).
    """

    def __init__(self, scope: Construct, id_: str, *, shares: int) -> None:
        """Make runtime class and plugin.

        Args:
            scope: a chart of a namespace that permits privileged pods, or a construct below one.
            id_: name of the plugin.
            shares: pods that use one GPU at once.

        """
        super().__init__(scope, id_, _workload(id_, shares))
        handler = {"handler": GPU_RUNTIME_CLASS}
        Manifest(self, Home.of(scope), RUNTIME_CLASS, GPU_RUNTIME_CLASS, lambda: handler, labels=self.labels)


def _workload(name: str, shares: int) -> Workload:
    plugin = Container(
        name="plugin",
        image=DEVICE_PLUGIN,
        env={
            "CONFIG_FILE": f"{CONFIG}/config.yaml",
            "DEVICE_ID_STRATEGY": GPU_DEVICE_NAMES,
            "NVIDIA_VISIBLE_DEVICES": "all",
            "NVIDIA_DRIVER_CAPABILITIES": "all",
        },
        mounts=(
            Mount(volume=HostFolder(name="device-plugins", path=SOCKETS), path=SOCKETS),
            Mount(volume=Files(name=name, content={"config.yaml": _configuration(shares)}), path=CONFIG),
        ),
        resources=Resources(cpu="10m", memory="64Mi", memory_limit="128Mi"),
    )
    why = "registers the GPU with the kubelet by a socket that belongs to root, and asks the driver what there is"
    return Workload(name=name, main=plugin, host=HostAccess(why=why, privileged=True, all_gpus=True))


def _configuration(shares: int) -> str:
    slicing = {
        "renameByDefault": False,  # the shares keep the name that pods ask for
        "failRequestsGreaterThanOne": True,  # two shares are no more of the GPU than one
        "resources": [{"name": GPU_RESOURCE, "replicas": shares}],
    }
    return yaml_text({"version": "v1", **({"sharing": {"timeSlicing": slicing}} if shares > 1 else {})})
