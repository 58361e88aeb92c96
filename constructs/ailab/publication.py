"""Publication: under which names browsers reach a service, whoever's ingress controller it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ailab.manifest import INGRESS, NO_HEALTH, Manifest
from ailab.part import Part

# nginx keeps idle connections for 60 s (https://nginx.org/en/docs/http/ngx_http_upstream_module.html), by default since
# 1.29.7; uvicorn ends them after 5 s, and a chat that is sent just then gets 502. One of a thousand did (measured).
IDLE_SECONDS: Final = 75


@dataclass(frozen=True, kw_only=True)
class WebRoute:
    """How one service is published. Paths that are not listed answer 404."""

    service: Part
    hosts: tuple[str, ...]
    paths: tuple[str, ...] = ("/",)
    websocket: bool = False
    largest_upload: str = "1m"  # nginx's size


def publish(route: WebRoute, class_name: str, options: Mapping[str, str]) -> None:
    """Make the Ingress of a route, beside the objects of its service.

    Args:
        route: what is published.
        class_name: the IngressClass whose controller serves it.
        options: annotations for that controller alone.

    """
    target = route.service
    Manifest(
        target,
        target.home,
        INGRESS,
        target.workload.name,
        lambda: _body(route, class_name),
        labels=target.labels,
        # Argo CD waits for the address of a load balancer, which a lab does not have.
        annotations=lambda: {**_needs(route), **options, **NO_HEALTH},
    )


def _body(route: WebRoute, class_name: str) -> dict[str, object]:
    backend = {"service": {"name": route.service.workload.name, "port": {"number": route.service.port}}}
    paths = [{"path": path, "pathType": "Prefix", "backend": backend} for path in route.paths]
    rules = [{"host": host, "http": {"paths": paths}} for host in route.hosts]
    return {"spec": {"ingressClassName": class_name, "rules": rules}}


def _needs(route: WebRoute) -> dict[str, str]:
    """Say what a service needs of the controller, in the words of F5's NGINX Ingress Controller."""
    needs = {
        "nginx.org/proxy-buffering": "False",  # tokens reach the browser as they come
        "nginx.org/proxy-read-timeout": "3600s",
        "nginx.org/proxy-send-timeout": "3600s",
        "nginx.org/client-max-body-size": route.largest_upload,
    }
    # Without it the controller drops the upgrade and the backend sees a plain GET (measured).
    return needs | ({"nginx.org/websocket-services": route.service.workload.name} if route.websocket else {})
