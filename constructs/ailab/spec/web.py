"""How people reach the lab: names, scheme and the chat's own settings."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from ailab.spec.values import Address, Email, Label, Section, Size


class Exposure(StrEnum):
    """How a host name of the lab comes to lead to it (docs/decisions/0004)."""

    SERVICES = "services"  # <service>.<tailnet>.ts.net by Tailscale Services, with their TLS certificates
    HOSTS = "hosts"  # <service>.<lab>.<tailnet>.ts.net by lines in the user's hosts file, plain HTTP inside WireGuard
    SPLIT_DNS = "split-dns"  # the same by a name server that the tailnet is told of; never asked with MagicDNS (0026)


class Published(StrEnum):
    """A service for browsers and programs, as its host names begin."""

    GATEWAY = "litellm"
    CHAT = "openwebui"
    TRACES = "phoenix"
    DASHBOARDS = "grafana"


class ExistingIngressSpec(Section):
    """An ingress controller that the cluster has already; the lab then makes none.

    Bodies of 100 MiB, answers of an hour and unbuffered streams are its business: only the annotations of F5's NGINX
    Ingress Controller are written.
    """

    ingress_class: Label = Field(alias="class", description="its IngressClass", examples=["traefik"])
    namespace: Label = Field(
        description="where its pods run: all pods of that namespace may reach what is published",
        examples=["kube-system"],
    )


class WebSpec(Section):
    """The web door of the lab."""

    exposure: Exposure = Field(
        Exposure.SERVICES,
        description="how host names lead to the lab: services, hosts, or split-dns where MagicDNS is off",
        examples=["services"],
    )
    cluster_ip: Address = Field(
        "10.43.0.80",
        # `tailscale serve` on the host forwards to a fixed address: the host does not resolve cluster names.
        description="fixed address of the ingress Service, inside the cluster's service network",
        examples=["10.43.0.80"],
    )
    existing: ExistingIngressSpec | None = Field(None, description="an ingress controller that is there already")


class ChatSpec(Section):
    """Open WebUI, the chat."""

    admin_email: Email = Field(
        "admin@gpu-lab.example", description="login of the first administrator", examples=["admin@gpu-lab.example"]
    )
    volume: Size = Field("10Gi", description="space for uploads and their index", examples=["10Gi"])
    memory: Size = Field("3Gi", description="memory limit of the pod", examples=["3Gi"])
