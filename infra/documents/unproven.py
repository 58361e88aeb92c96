"""What no test shows, since it needs hardware or a service that none has, and the emulation that stands in for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from infra.documents.architecture import TO_PROVIDERS


@dataclass(frozen=True)
class Unproven:
    """Something that nobody has seen.

    Attributes:
        what: it.
        instead: what the tests have in its place.
        concerned: the boxes and arrows of the architecture that it belongs to.

    """

    what: str
    instead: str
    concerned: tuple[str, ...] = ()


UNPROVEN: Final = (
    Unproven(
        "Ollama and vLLM on a GPU within the cluster, and with real weights",
        "Ollama runs on the processor, for vLLM a server of our own; NVIDIA's plugin shares a GPU that is not there; "
        "what both take of a card was measured outside of a cluster, see [card.md](card.md)",
        (
            *("gpu", "deepseek-r1-vllm", "device-plugin", "ollama -> gpu", "deepseek-r1-vllm -> gpu"),
            *("litellm -> deepseek-r1-vllm:8000", "prometheus -> deepseek-r1-vllm:8000"),
        ),
    ),
    Unproven(
        "that vLLM starts sooner by what it compiled before, and how large that is",
        "what stands in for it compiles nothing; its start and end with the volume are those of the manifests "
        "([decision 39](decisions/0039-what-vllm-compiles-is-kept.md))",
        ("deepseek-r1-vllm",),
    ),
    Unproven("the published images", "the same programs from package registries, see [stand-ins.md](stand-ins.md)"),
    Unproven(
        "F5's NGINX Ingress Controller",
        "nginx with a controller of our own that follows the real one's measured rules",
        ("ingress", "ingress -> api-server:6443"),
    ),
    Unproven(
        "Tailscale's own servers: Services, their certificates, the policy as they enforce it",
        "the real tailscaled in a tailnet of headscale's forwards to a real nginx; for the lab, nginx ends the TLS",
        ("tailscale", "you -> tailscale -> ingress"),
    ),
    Unproven(
        "the droplet's NixOS",
        "its modules are evaluated with stand-ins for nixpkgs, its filters loaded into the kernel of the tests",
        ("nixos", "firewall", "internet -> droplet:22", "tailnet -> droplet:6443"),
    ),
    Unproven(
        "DigitalOcean",
        "a stand-in over HTTP, each request and answer judged by DigitalOcean's OpenAPI document; nothing was rented",
        ("droplet",),
    ),
    Unproven("Tailscale's API", "a stand-in over HTTP after its documentation; no document of its schemas judged it"),
    Unproven(
        "kexec, disko and nixos-install on a droplet",
        "their places are taken by programs that write down how they were called; ssh, sshd, tar and files are real; "
        "the look at the disk before was taken at real block devices, with DigitalOcean's names of volumes by hand",
        ("nixos",),
    ),
    Unproven(
        "k3s, its policy controller and its storage",
        "upstream Kubernetes 1.36.3 with k3s's flags, an enforcer of our own, local-path",
        ("k3s",),
    ),
    Unproven(
        "Grafana",
        "does not run: a real Prometheus answers its queries, its files follow its documentation; it sent nothing",
        ("grafana", "grafana -> prometheus:9090", "ingress -> grafana:3000"),
    ),
    Unproven(
        "DCGM's exporter",
        "does not run: the manifests are a real API server's to judge, the dashboards have written expositions",
        ("dcgm-exporter", "prometheus -> dcgm-exporter:9400"),
    ),
    Unproven(
        "the two arrows to Grafana and to DCGM's exporter",
        "nothing runs at their ends here: on the tests' lab the doctor finds all others whole, and these two refused",
        ("ingress -> grafana:3000", "prometheus -> dcgm-exporter:9400"),
    ),
    Unproven(
        "the volume of a parked lab and k3s's password of a node",
        "a folder that the tests' next node starts with, at another address; upstream Kubernetes asks for no password",
    ),
    Unproven(
        "metrics of vLLM, the GPU and Kubernetes",
        "expositions written by hand from names and labels in the programs' sources, in tests/fixtures/metrics",
    ),
    Unproven(
        "examples/cpu-only.toml on k3d or kind, with the published images",
        "its manifests run on the test node, see [examples](../examples/README.md)",
    ),
    Unproven(
        "an ingress controller that is there already",
        "an API server accepts the manifests that use it; no lab ran behind one",
    ),
    Unproven(
        "Argo CD's image, its installation, its web interface",
        "its components run as processes of the node, with an administrator's rights; the repository is a folder",
    ),
    Unproven(
        "paid providers",
        "a stand-in for each speaks its protocol and refuses what it would; no request was sent to any",
        TO_PROVIDERS,
    ),
)
