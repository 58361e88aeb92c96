"""Who is who in the cluster: certificates for the components and kubeconfig files that carry them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

import yaml

from testnode.certificates import Authority, KeyPair, Usage, private_key
from testnode.layout import API_SERVICE, NODE_NAME, Layout


@dataclass(frozen=True)
class Client:
    """A component that talks to the API server, under the name that RBAC knows it by."""

    name: str
    subject: str


ADMINISTRATOR = Client("admin", "/O=system:masters/CN=system:admin")
CONTROLLERS = Client("controllers", "/CN=system:kube-controller-manager")
SCHEDULER = Client("scheduler", "/CN=system:kube-scheduler")
PROXY = Client("proxy", "/CN=system:kube-proxy")
KUBELET = Client("kubelet", f"/O=system:nodes/CN=system:node:{NODE_NAME}")
CLIENTS = (ADMINISTRATOR, CONTROLLERS, SCHEDULER, PROXY, KUBELET)


def create(layout: Layout) -> None:
    """Write all certificates, keys and kubeconfig files of a cluster, by the authorities that its volume has."""
    authority = Authority.of(layout.tls, "ca")
    service = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")
    hosts = (*service, "localhost", NODE_NAME, "127.0.0.1", API_SERVICE, layout.address)
    authority.issue("apiserver", "/CN=kube-apiserver", Usage.SERVER, hosts)
    authority.issue("kubelet-serving", KUBELET.subject, Usage.SERVER, hosts)
    authority.issue("apiserver-kubelet", "/O=system:masters/CN=kube-apiserver", Usage.CLIENT)
    Authority.of(layout.tls, "front-ca").issue("front", "/CN=system:auth-proxy", Usage.CLIENT)
    if not (tokens := layout.tls / "service-accounts.key").exists():
        private_key(tokens)
    for client in CLIENTS:
        pair = authority.issue(client.name, client.subject, Usage.CLIENT)
        kubeconfig(layout, client).write_text(_kubeconfig(layout.api, authority.own, pair))


def kubeconfig(layout: Layout, client: Client) -> Path:
    """Return where a client's kubeconfig lies."""
    return layout.tls / f"{client.name}.kubeconfig"


def _kubeconfig(server: str, authority: KeyPair, client: KeyPair) -> str:
    """Return a kubeconfig that holds its certificates, so that it can be copied."""
    cluster = {"server": server, "certificate-authority-data": _encoded(authority.certificate)}
    user = {"client-certificate-data": _encoded(client.certificate), "client-key-data": _encoded(client.key)}
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "testnode", "cluster": cluster}],
            "users": [{"name": "testnode", "user": user}],
            "contexts": [{"name": "testnode", "context": {"cluster": "testnode", "user": "testnode"}}],
            "current-context": "testnode",
        }
    )


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
