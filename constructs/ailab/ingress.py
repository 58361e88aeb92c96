"""The web door: an ingress controller that only the node reaches, and one route for each published service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from constructs import Construct

from ailab.images import NGINX_INGRESS
from ailab.manifest import (
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    CONFIG_MAP,
    INGRESS_CLASS,
    ROLE,
    ROLE_BINDING,
    SERVICE_ACCOUNT,
    Home,
    Kind,
    Manifest,
)
from ailab.network import API_SERVER, DOOR_LABEL, HTTP, NODE, connect
from ailab.part import Part
from ailab.publication import WebRoute, publish
from ailab.rights import READ, binding, rule
from ailab.workload import Container, Http, Mount, PodField, Port, Probes, Resources, Scratch, Workload

LISTENS: Final = Port("http", 8080)  # a port that needs no privilege; the Service maps 80 to it
READY: Final = Port("ready", 8081)
CONTROLLER: Final = "nginx.org/ingress-controller"  # the controller's own name; it serves no class without it
# Has no Secrets: the controller insists on watching some namespace for certificates, and this is not the lab's.
NO_SECRETS: Final = "kube-public"


class WebIngress(Part):
    """F5's NGINX Ingress Controller without custom resources; `publishes` adds a route.

    It cannot read the lab's Secrets: whoever breaks into the one part that reads strangers' requests finds no key.
    """

    def __init__(
        self, scope: Construct, id_: str, *, lab: str, cluster_ip: str, api_port: int, tls_outside: bool
    ) -> None:
        """Make the controller.

        Args:
            scope: a chart with a namespace, or a construct below one.
            id_: name of the controller and its Service.
            lab: the lab's name, part of the names that are unique in a cluster.
            cluster_ip: fixed address of the Service, to which the host forwards.
            api_port: port of the API server.
            tls_outside: whether browsers speak HTTPS to Tailscale in front of the controller.

        """
        self.class_name = f"{lab}-{id_}"
        self._options = {
            "nginx.org/listen-ports": str(LISTENS.number),
            # The backend is told "https" although the last hop is plain, and http:// is sent to https://.
            **({"nginx.org/redirect-to-https": "True"} if tls_outside else {}),
        }
        self._namespace = Home.of(scope).namespace
        super().__init__(scope, id_, self._workload(id_), ports=(Port(LISTENS.name, HTTP),), cluster_ip=cluster_ip)
        connect(NODE, self.endpoint, LISTENS.number, "tailscaled on the node forwards browsers' requests")
        connect(self.endpoint, API_SERVER, api_port, "watches Ingresses")
        self._add(CONFIG_MAP, id_, {"data": {"server-tokens": "False"}})
        self._add(INGRESS_CLASS, self.class_name, {"spec": {"controller": CONTROLLER}})
        self._permit(id_)

    def publishes(self, *routes: WebRoute) -> None:
        """Open services to browsers: an Ingress and an edge each."""
        for route in routes:
            connect(self.endpoint, route.service.endpoint, route.service.listens, "browsers' requests")
            publish(route, self.class_name, self._options)

    def _workload(self, name: str) -> Workload:
        configuration = Scratch(name="etc-nginx", limit="64Mi")
        resources = Resources(cpu="50m", memory="128Mi", memory_limit="512Mi")
        controller = Container(
            name="controller",
            image=NGINX_INGRESS,
            args=(
                f"-nginx-configmaps={self._namespace}/{name}",
                f"-ingress-class={self.class_name}",
                f"-watch-namespace={self._namespace}",
                f"-watch-secret-namespace={NO_SECRETS}",
                "-enable-custom-resources=false",
                "-enable-snippets=false",
                "-enable-leader-election=false",
                "-enable-telemetry-reporting=false",
                "-nginx-status=false",
                f"-default-http-listener-port={LISTENS.number}",
                "-default-https-listener-port=8443",  # refuses every handshake: no certificate is configured
                f"-ready-status-port={READY.number}",
                "-log-format=json",
            ),
            env={
                "POD_NAMESPACE": PodField("metadata.namespace"),
                "POD_NAME": PodField("metadata.name"),  # it looks itself up, and with it its ReplicaSet
            },
            ports=(LISTENS, READY),
            mounts=(Mount(volume=configuration, path="/etc/nginx"),),
            probes=Probes(ready=Http(path="/nginx-ready", port=READY.number)),
            resources=resources,
        )
        # The root is read-only and the controller writes into /etc/nginx, which the image has filled.
        seed = Container(
            name="seed",
            image=NGINX_INGRESS,
            command=("cp", "-dR", "/etc/nginx/.", "/seeded"),
            mounts=(Mount(volume=configuration, path="/seeded"),),
            unmounted=("/etc/nginx",),  # a volume there would hide what is to be copied
            resources=resources,
        )
        return Workload(name=name, main=controller, before=(seed,), service_account=name, node_labels=DOOR_LABEL)

    def _permit(self, name: str) -> None:
        """Give the controller what it watches in its namespace, and the little that has no namespace."""
        self._add(SERVICE_ACCOUNT, name, {"automountServiceAccountToken": False})
        here = [
            rule("", ("configmaps", "endpoints", "pods", "services"), READ),
            rule("", ("events",), ("create", "list", "patch")),
            rule("apps", ("daemonsets", "replicasets", "statefulsets"), ("get",)),
            rule("discovery.k8s.io", ("endpointslices",), READ),
            rule("networking.k8s.io", ("ingresses",), READ),
        ]
        anywhere = [rule("", ("namespaces",), READ), rule("networking.k8s.io", ("ingressclasses",), READ)]
        account = (name, self.home.namespace)
        self._add(ROLE, name, {"rules": here})
        self._add(ROLE_BINDING, name, binding(ROLE, name, *account))
        self._add(CLUSTER_ROLE, self.class_name, {"rules": anywhere})
        self._add(CLUSTER_ROLE_BINDING, self.class_name, binding(CLUSTER_ROLE, self.class_name, *account))
        secrets = Home(NO_SECRETS, self.home.labels)
        self._add(ROLE, self.class_name, {"rules": [rule("", ("secrets",), READ)]}, home=secrets)
        self._add(ROLE_BINDING, self.class_name, binding(ROLE, self.class_name, *account), home=secrets)

    def _add(self, kind: Kind, name: str, body: Mapping[str, object], home: Home | None = None) -> None:
        Manifest(self, home or self.home, kind, name, lambda: body, labels=self.labels)
