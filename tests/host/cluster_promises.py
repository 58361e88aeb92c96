"""What the cluster on the host promises."""

from __future__ import annotations

from typing import Final

from ailab.host_facts import HostFacts
from tests.host.promise import Promise, always

CDI: Final = "nvidia-container-toolkit-cdi-generator.service"
K3S: Final = ("services", "k3s")
K3S_UNIT: Final = ("systemd", "services", "k3s")


def _gpu(facts: HostFacts) -> bool:
    return facts.gpu is not None


HANDED_OVER: Final = (
    Promise(
        "secrets",
        ("systemd", "tmpfiles", "rules"),
        lambda f: [f"d {f.secrets.folder} 0700 root root -"],
        "root alone reads secrets",
    ),
)
CLUSTER: Final = (
    Promise("k3s", (*K3S, "role"), always("server"), "an agent runs no API server"),
    Promise("k3s", (*K3S, "tokenFile"), lambda f: f.secrets.k3s_token, "there the token is put"),
    Promise("k3s", (*K3S, "nodeLabel"), lambda f: list(f.k3s.labels), "the ingress controller runs beside tailscaled"),
    Promise("k3s", (*K3S, "disable"), always(["servicelb", "traefik"]), "they open the host's ports", among=True),
    Promise(
        "storage",
        (*K3S_UNIT, "unitConfig", "RequiresMountsFor"),
        lambda f: [f.state.folder, "/etc/rancher/node", "/var/lib/rancher"],
        "without the volume the cluster would begin anew on a disk that goes with the droplet",
    ),
    Promise(
        "storage",
        ("systemd", "services", "tailscaled", "unitConfig", "RequiresMountsFor"),
        lambda f: [f.state.folder, "/var/lib/tailscale"],
        "without the volume the machine would join the tailnet under another name",
    ),
    Promise("gpu", (*K3S_UNIT, "after"), always([CDI]), "pods need the list of devices", among=True, when=_gpu),
    Promise("gpu", (*K3S_UNIT, "wants"), always([CDI]), "pods need the list of devices", among=True, when=_gpu),
    Promise(
        "gpu",
        ("systemd", "services", CDI.removesuffix(".service"), "serviceConfig"),
        always(
            {
                "ExecStartPost": "/nix/store/stand-in-coreutils/bin/test -s /run/cdi/nvidia-container-toolkit.json",
                "Restart": "on-failure",
                "RestartSec": "10s",
            }
        ),
        "a list that could not be made at once is made later",
        when=_gpu,
    ),
    Promise(
        "gpu",
        (*K3S_UNIT, "path"),
        always(
            [f"/nix/store/stand-in-nvidia-container-toolkit{suffix}" for suffix in ("", "-tools")]
            + ["/nix/store/stand-in-runc"]
        ),
        "k3s makes runtimes of the programs that it finds",
        among=True,
        when=_gpu,
    ),
    Promise("gpu", ("hardware", "nvidia", "open"), always(value=True), "the evaluation fails without it", when=_gpu),
    Promise("gpu", ("services", "xserver", "videoDrivers"), always(["nvidia"]), "the toolkit asserts it", when=_gpu),
    Promise("gpu", ("hardware", "nvidia-container-toolkit", "enable"), always(value=True), "CDI", when=_gpu),
    Promise(
        "gpu",
        ("hardware", "nvidia-container-toolkit", "device-name-strategy"),
        lambda f: f.gpu.device_names if f.gpu else None,
        "the device plugin asks for devices by these names",
        when=_gpu,
    ),
)
