"""The processes of a node and their command lines, as k3s would start them.

k3s's own values: https://docs.k3s.io/cli/server and pkg/daemons/control/server.go in its source.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from testnode import binaries, credentials
from testnode.layout import API_PORT, NODE_NAME, POD_RANGE, SERVICE_RANGE, Layout
from testnode.setup import Setup

KINE_SOCKET = Path("/run/kine.sock")
# Compiled into the kubelet, whatever its --root-dir says: k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1/constants.go
KUBELET_FOLDER = Path("/var/lib/kubelet")
ISSUER = "https://kubernetes.default.svc.cluster.local"


@dataclass(frozen=True)
class Component:
    """One process: its name for people and logs, and its command line."""

    name: str
    argv: tuple[str, ...]


def kubernetes_binary() -> Path:
    """Return the binary that is every Kubernetes component and kubectl."""
    return binaries.KUBE.recipe.folder / "labk8s"


def datastore(layout: Layout) -> Component:
    """Return kine: etcd's interface over SQLite."""
    database = f"sqlite://{layout.database}/state.db?_journal=WAL&cache=shared&_busy_timeout=30000&_txlock=immediate"
    binary = binaries.KINE.recipe.folder / "kine"
    listen = f"--listen-address=unix://{KINE_SOCKET}"
    return Component("kine", (str(binary), f"--endpoint={database}", listen, "--metrics-bind-address=0"))


def api_server(layout: Layout) -> Component:
    """Return the API server, open to the node and to this machine."""
    tls = layout.tls
    return _kubernetes(
        "kube-apiserver",
        f"--etcd-servers=unix://{KINE_SOCKET}",
        "--storage-backend=etcd3",
        f"--secure-port={API_PORT}",
        f"--advertise-address={layout.address}",
        "--endpoint-reconciler-type=lease",
        "--allow-privileged=true",
        "--anonymous-auth=false",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--enable-bootstrap-token-auth=true",
        "--profiling=false",
        f"--client-ca-file={tls}/ca.crt",
        f"--tls-cert-file={tls}/apiserver.crt",
        f"--tls-private-key-file={tls}/apiserver.key",
        f"--kubelet-certificate-authority={tls}/ca.crt",
        f"--kubelet-client-certificate={tls}/apiserver-kubelet.crt",
        f"--kubelet-client-key={tls}/apiserver-kubelet.key",
        "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
        f"--requestheader-client-ca-file={tls}/front-ca.crt",
        "--requestheader-allowed-names=system:auth-proxy",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-username-headers=X-Remote-User",
        f"--proxy-client-cert-file={tls}/front.crt",
        f"--proxy-client-key-file={tls}/front.key",
        "--enable-aggregator-routing=true",
        f"--service-account-issuer={ISSUER}",
        f"--api-audiences={ISSUER},k3s",
        f"--service-account-key-file={tls}/service-accounts.key",
        f"--service-account-signing-key-file={tls}/service-accounts.key",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        "--service-node-port-range=30000-32767",
    )


def controllers(layout: Layout) -> tuple[Component, ...]:
    """Return the controller manager and the scheduler."""
    tls = layout.tls
    manager = _kubernetes(
        "kube-controller-manager",
        *_access(credentials.kubeconfig(layout, credentials.CONTROLLERS)),
        "--allocate-node-cidrs=true",
        f"--cluster-cidr={POD_RANGE}",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        f"--cluster-signing-cert-file={tls}/ca.crt",
        f"--cluster-signing-key-file={tls}/ca.key",
        f"--root-ca-file={tls}/ca.crt",
        f"--service-account-private-key-file={tls}/service-accounts.key",
        "--use-service-account-credentials=true",
        "--configure-cloud-routes=false",
        "--controllers=*,tokencleaner,bootstrapsigner",
    )
    return manager, _kubernetes("kube-scheduler", *_access(credentials.kubeconfig(layout, credentials.SCHEDULER)))


def kubelet(layout: Layout) -> Component:
    """Return the kubelet."""
    return _kubernetes(
        "kubelet",
        f"--config={layout.configuration}/kubelet.yaml",
        f"--kubeconfig={credentials.kubeconfig(layout, credentials.KUBELET)}",
        f"--root-dir={KUBELET_FOLDER}",
        f"--cert-dir={KUBELET_FOLDER}/pki",
        f"--hostname-override={NODE_NAME}",
        f"--node-ip={layout.address}",
        "--node-labels=node.kubernetes.io/instance-type=k3s",
    )


def service_proxy(layout: Layout) -> Component:
    """Return kube-proxy: Service addresses by iptables."""
    return _kubernetes("kube-proxy", f"--config={layout.configuration}/proxy.yaml")


def fake_gpu(setup: Setup) -> Component:
    """Return the device plugin that advertises GPUs that are not there."""
    folder = f"--folder={KUBELET_FOLDER}/device-plugins"
    return _kubernetes("fake-gpu", folder, "--resource=nvidia.com/gpu", f"--count={setup.gpus}")


def container_runtime(layout: Layout) -> Component:
    """Return containerd; it starts runc and the CNI plugins itself."""
    binary = binaries.CONTAINERD.recipe.folder / "containerd"
    return Component("containerd", (str(binary), f"--config={layout.configuration}/containerd.toml"))


def _kubernetes(name: str, *flags: str) -> Component:
    return Component(name, (str(kubernetes_binary()), name, *flags))


def _access(kubeconfig: Path) -> tuple[str, ...]:
    """Return the flags of a controller that serves nobody but the node itself."""
    kubeconfigs = (f"--{kind}kubeconfig={kubeconfig}" for kind in ("", "authentication-", "authorization-"))
    return (*kubeconfigs, "--bind-address=127.0.0.1", "--leader-elect=false", "--profiling=false")
