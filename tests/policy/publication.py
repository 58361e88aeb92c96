"""Promise: browsers reach exactly these paths of these services, under exactly these names, in exactly this way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from infra.manifests import Object, of_kind
from tests.policy.names import LAB
from tests.policy.pods import containers


@dataclass(frozen=True, kw_only=True)
class Published:
    """What is open to browsers of one service."""

    host: str  # first label of its host names
    paths: tuple[str, ...]
    largest_upload: str
    websocket: bool


# Written out: a list that followed the code would permit whatever the code does. The gateway's administration (/key,
# /user, /ui), its metrics and its documentation are not for browsers.
PUBLISHED: Final[Mapping[str, Published]] = {
    "open-webui": Published(host="openwebui", paths=("/",), largest_upload="100m", websocket=True),
    "litellm": Published(
        host="litellm",
        paths=(
            "/health/liveliness",
            "/v1/chat/completions",
            "/v1/completions",
            "/v1/embeddings",
            "/v1/messages",
            "/v1/models",
            "/v1/responses",
        ),
        largest_upload="32m",
        websocket=False,
    ),
    "phoenix": Published(host="phoenix", paths=("/",), largest_upload="1m", websocket=False),
    "grafana": Published(host="grafana", paths=("/",), largest_upload="1m", websocket=True),
}
# A token reaches the browser when it is made, and a model may think for an hour before it.
STREAMED: Final = {
    "nginx.org/proxy-buffering": "False",
    "nginx.org/proxy-read-timeout": "3600s",
    "nginx.org/proxy-send-timeout": "3600s",
}
TAILNET: Final = ".ts.net"
# Snippets and custom resources put text into nginx's configuration: whoever may write an Ingress would own the door.
NO_SNIPPETS: Final = "-enable-snippets=false"
NO_CUSTOM_RESOURCES: Final = "-enable-custom-resources=false"


def publication(objects: Sequence[Object]) -> Iterator[str]:
    ingresses = {item["metadata"]["name"]: item for item in of_kind(objects, "Ingress")}
    here = {item["metadata"]["name"] for item in of_kind(objects, "Deployment")}
    yield from (f"Ingress/{name}: is missing" for name in (PUBLISHED.keys() & here) - ingresses.keys())
    for name, item in ingresses.items():
        if name in PUBLISHED:
            yield from (f"Ingress/{name}: {fault}" for fault in _faults(name, item))
        else:
            yield f"Ingress/{name}: publishes what is not to be published"
    if len(tailnets := {_tailnet(host) for item in ingresses.values() for host in _hosts(item)}) > 1:
        yield f"hosts are of several tailnets: {', '.join(sorted(tailnets))}"
    controllers = [box.get("args", ()) for name, box in containers(objects) if name == "Deployment/ingress/controller"]
    for switch in (NO_SNIPPETS, NO_CUSTOM_RESOURCES):
        yield from (f"the ingress controller runs without {switch}" for args in controllers if switch not in args)


def _faults(name: str, item: Object) -> Iterator[str]:
    permitted = PUBLISHED[name]
    annotations = item["metadata"].get("annotations", {})
    hosts, lab = _hosts(item), item["metadata"]["labels"][LAB]
    tailnet = _tailnet(hosts[0])
    if sorted(hosts) != sorted((f"{permitted.host}.{tailnet}{TAILNET}", f"{permitted.host}.{lab}.{tailnet}{TAILNET}")):
        yield f"its hosts are {', '.join(hosts)}"
    if "defaultBackend" in item["spec"]:
        yield "answers under every host"
    for rule in item["spec"]["rules"]:
        leads_to = {path["backend"]["service"]["name"] for path in rule["http"]["paths"]}
        paths = [path["path"] for path in rule["http"]["paths"]]
        if sorted(paths) != sorted(permitted.paths):
            yield f"{rule['host']} publishes {', '.join(paths)}"
        if leads_to != {name}:
            yield f"{rule['host']} leads to {', '.join(sorted(leads_to))}"
    if annotations.get("nginx.org/client-max-body-size") != permitted.largest_upload:
        yield f"its largest upload is {annotations.get('nginx.org/client-max-body-size')}"
    if annotations.get("nginx.org/websocket-services") != (name if permitted.websocket else None):
        yield f"its live connections are for {annotations.get('nginx.org/websocket-services')}"
    for key, value in STREAMED.items():
        if annotations.get(key) != value:
            yield f"{key} is {annotations.get(key)}"
    yield from (f"has {key}" for key in annotations if key.endswith("-snippets"))


def _hosts(item: Object) -> list[str]:
    return [rule["host"] for rule in item["spec"]["rules"]]


def _tailnet(host: str) -> str:
    return host.removesuffix(TAILNET).rpartition(".")[2]
