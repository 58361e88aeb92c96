"""Configuration files of the kubelet, kube-proxy, the container runtime and the pod network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from testnode import binaries, credentials
from testnode.layout import DNS_SERVICE, NODE_NAME, POD_RANGE, Layout
from testnode.setup import Setup
from testnode.system_images import PAUSE_IMAGE

CONTAINERD_SOCKET = Path("/run/containerd/containerd.sock")
CDI_FOLDER = Path("/run/cdi")


def write(setup: Setup, runtime_spec: str) -> None:
    """Write every file into the node's folder, and the GPU devices where containerd looks for them.

    Args:
        setup: what the node is told.
        runtime_spec: containerd's own default for a container, as `ctr oci spec` prints it.

    """
    layout = setup.layout
    files = {
        "kubelet.yaml": yaml.safe_dump(_kubelet(layout)),
        "proxy.yaml": yaml.safe_dump(_service_proxy(layout)),
        "resolv.conf": "nameserver 127.0.0.1\n",
        "container.json": container_spec(runtime_spec, setup.binds),
        "containerd.toml": _containerd(layout),
        # Names no registry: an image that is not on the node fails at once, nothing is ever pulled.
        "registries/_default/hosts.toml": 'server = "https://127.0.0.1:1"\n',
        "cni/10-pods.conflist": json.dumps(_pod_network(layout)),
    }
    for name, content in files.items():
        path = layout.configuration / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    if setup.gpus:
        CDI_FOLDER.mkdir(exist_ok=True)
        (CDI_FOLDER / "gpu.json").write_text(json.dumps(_gpu_devices(setup.gpus)))


def _kubelet(layout: Layout) -> dict[str, object]:
    room = {"imagefs.available": "5%", "nodefs.available": "5%"}
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(layout.tls / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{layout.cgroup}",
        "failCgroupV1": False,  # the machine may have version 1, which the kubelet refuses from 1.35 on
        "failSwapOn": False,
        "oomScoreAdj": 0,  # a lower one needs CAP_SYS_RESOURCE, which root may lack
        "clusterDNS": [DNS_SERVICE],
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
        "resolvConf": str(layout.configuration / "resolv.conf"),
        "tlsCertFile": str(layout.tls / "kubelet-serving.crt"),
        "tlsPrivateKeyFile": str(layout.tls / "kubelet-serving.key"),
        "volumePluginDir": "/var/lib/kubelet/volume-plugins",
        "evictionHard": room,
        "evictionMinimumReclaim": dict(room),
        # Never: no registry gives an image back. By default the kubelet deletes unused ones on a disk that is 85% full.
        "imageGCHighThresholdPercent": 100,
        "serializeImagePulls": False,
    }


def _service_proxy(layout: Layout) -> dict[str, object]:
    # The limits on tracked connections belong to the machine: a namespace cannot write them.
    untouched = {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"}
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(credentials.kubeconfig(layout, credentials.PROXY))},
        "mode": "iptables",
        "clusterCIDR": POD_RANGE,
        "hostnameOverride": NODE_NAME,
        "oomScoreAdj": 0,
        "conntrack": untouched,
    }


def _pod_network(layout: Layout) -> dict[str, object]:
    addresses = {"type": "host-local", "dataDir": "/run/cni", "ranges": [[{"subnet": POD_RANGE.replace("/16", "/24")}]]}
    bridge = {"type": "bridge", "bridge": "cni0", "isDefaultGateway": True, "hairpinMode": True, "ipam": addresses}
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return {"cniVersion": "1.0.0", "name": f"pods{layout.number}", "plugins": [bridge, ports]}


def _gpu_devices(count: int) -> dict[str, object]:
    def device(index: int) -> dict[str, object]:
        node = {"path": f"/dev/nvidia{index}", "hostPath": "/dev/null"}
        return {"name": str(index), "containerEdits": {"env": [f"LAB_GPU={index}"], "deviceNodes": [node]}}

    return {"cdiVersion": "0.6.0", "kind": "nvidia.com/gpu", "devices": [device(index) for index in range(count)]}


class _ContainerSpec(BaseModel):
    """An OCI runtime specification; only its mounts matter here."""

    model_config = ConfigDict(extra="allow")
    mounts: list[dict[str, object]]


def container_spec(default: str, binds: Sequence[Path]) -> str:
    """Return the default container with those folders of the machine in it, read-only, at the same path."""
    spec = _ContainerSpec.model_validate_json(default)
    options = ["rbind", "ro", "nosuid", "nodev"]
    for folder in binds:
        mount: dict[str, object] = {
            "destination": str(folder),
            "type": "bind",
            "source": str(folder),
            "options": options,
        }
        spec.mounts.append(mount)
    return spec.model_dump_json()


def _containerd(layout: Layout) -> str:
    runtimes = "".join(
        f"""
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.{name}]
  runtime_type = "io.containerd.runc.v2"
  base_runtime_spec = "{layout.configuration}/container.json"
"""
        for name in ("runc", "nvidia-cdi")
    )
    return f"""\
version = 3
root = "{layout.containers}"
state = "/run/containerd"
oom_score = 0
disabled_plugins = ["io.containerd.internal.v1.opt"]

[grpc]
  address = "{CONTAINERD_SOCKET}"

[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "{PAUSE_IMAGE}"
  [plugins."io.containerd.cri.v1.images".registry]
    config_path = "{layout.configuration}/registries"

[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  disable_apparmor = true
  disable_hugetlb_controller = true
  tolerate_missing_hugetlb_controller = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["{binaries.CNI.recipe.folder}"]
    conf_dir = "{layout.configuration}/cni"
  [plugins."io.containerd.cri.v1.runtime".containerd]
    default_runtime_name = "runc"
{runtimes}"""
